package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.id.RunId;
import io.holdfast.platform.db.IdempotencyKeys;
import io.holdfast.platform.db.Reply;
import io.holdfast.recoveryplan.adapter.runtime.RunExecutor;
import io.holdfast.recoveryplan.report.LiveFacts;
import io.holdfast.recoveryplan.run.Run;
import io.quarkus.security.identity.SecurityIdentity;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/** Carries out a command about a run once per Idempotency-Key, answers 202 with the run, and calls its executor. */
@Singleton
class RunCommands {
    private final IdempotencyKeys idempotency;
    private final RunExecutor executor;
    private final SecurityIdentity identity;
    private final LiveFacts facts;

    @Inject
    RunCommands(IdempotencyKeys idempotency, RunExecutor executor, SecurityIdentity identity, LiveFacts facts) {
        this.facts = facts;
        this.idempotency = idempotency;
        this.executor = executor;
        this.identity = identity;
    }

    /** @param command runs inside of one transaction with the key */
    Response once(String key, String operation, Object request, Supplier<Run> command) {
        AtomicReference<RunId> changed = new AtomicReference<>();
        Response response = idempotency.once(key, Caller.name(identity), operation, request, () -> {
            Run run = command.get();
            changed.set(run.id());
            return new Reply(202, "/api/v1/runs/" + run.id(), RunRepresentation.of(run, facts));
        });
        // After the commit, or the executor would look too early. A repeated command has nothing new to look at.
        if (changed.get() != null) {
            executor.changed(changed.get());
        }
        return response;
    }
}
