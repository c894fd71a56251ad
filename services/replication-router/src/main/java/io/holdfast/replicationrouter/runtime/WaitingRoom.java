package io.holdfast.replicationrouter.runtime;

import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.id.PgId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Batches that came behind a marker and wait until the checkpoint's record is with the producer, per group in the order of their arrival. Their bytes are part of
 * the in-flight budget already; the room has a bound of its own below that, so that there is always room for the marker that is waited for.
 */
final class WaitingRoom {
    private final long limitBytes;
    private final Map<PgId, Deque<ArrivedBatch>> waiting = new HashMap<>();
    private final Map<StreamId, Integer> perStream = new HashMap<>();
    private long usedBytes;

    WaitingRoom(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    boolean fits(ArrivedBatch batch) {
        return usedBytes + batch.chargeBytes() <= limitBytes;
    }

    void park(ArrivedBatch batch) {
        waiting.computeIfAbsent(batch.stream().pg(), _ -> new ArrayDeque<>()).add(batch);
        perStream.merge(batch.stream(), 1, Integer::sum);
        usedBytes += batch.chargeBytes();
    }

    /** Whether something of the stream waits: what comes next of it has to wait behind. */
    boolean holds(StreamId stream) {
        return perStream.containsKey(stream);
    }

    boolean holds(PgId pg) {
        return waiting.containsKey(pg);
    }

    /** Takes everything of the group out, in order. */
    List<ArrivedBatch> takeAll(PgId pg) {
        Deque<ArrivedBatch> group = waiting.remove(pg);
        if (group == null) {
            return List.of();
        }
        group.forEach(this::left);
        return List.copyOf(group);
    }

    /** Takes out what nobody waits for any more. */
    List<ArrivedBatch> takeIf(Predicate<ArrivedBatch> useless) {
        List<ArrivedBatch> taken = new ArrayList<>();
        for (Iterator<Deque<ArrivedBatch>> groups = waiting.values().iterator(); groups.hasNext(); ) {
            Deque<ArrivedBatch> group = groups.next();
            group.removeIf(batch -> {
                boolean gone = useless.test(batch);
                if (gone) {
                    taken.add(batch);
                    left(batch);
                }
                return gone;
            });
            if (group.isEmpty()) {
                groups.remove();
            }
        }
        return taken;
    }

    private void left(ArrivedBatch batch) {
        usedBytes -= batch.chargeBytes();
        perStream.computeIfPresent(batch.stream(), (_, count) -> count == 1 ? null : count - 1);
    }

    long usedBytes() {
        return usedBytes;
    }
}
