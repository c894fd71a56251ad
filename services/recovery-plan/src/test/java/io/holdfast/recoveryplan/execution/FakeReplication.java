package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.id.PgId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Protection groups under the contract of {@link Replication}, in memory. Every group replicates until it is paused. */
final class FakeReplication implements Replication {
    private final Map<String, Boolean> answers = new HashMap<>();
    final Set<PgId> paused = new HashSet<>();
    Runnable before = () -> {};

    @Override
    public boolean pause(PgId pgId, String idempotencyKey) {
        before.run();
        return answers.computeIfAbsent(idempotencyKey, _ -> paused.add(pgId));
    }

    @Override
    public void resume(PgId pgId, String idempotencyKey) {
        before.run();
        answers.computeIfAbsent(idempotencyKey, _ -> paused.remove(pgId));
    }
}
