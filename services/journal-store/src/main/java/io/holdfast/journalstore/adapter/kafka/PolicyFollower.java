package io.holdfast.journalstore.adapter.kafka;

import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.kernel.id.PgId;
import io.holdfast.platform.kafka.Received;
import io.holdfast.platform.kafka.RecordHandler;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.proto.v1.Policy;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps the journals' policies: the newest of each group, and the journals of our partitions following them. */
final class PolicyFollower implements RecordHandler<Policy> {
    private final JournalStore store;
    private final Set<Integer> partitions;
    private final Map<PgId, JournalPolicy> known = new ConcurrentHashMap<>();
    private final Object progress = new Object();
    private long handledTo;

    PolicyFollower(JournalStore store, Set<Integer> partitions) {
        this.store = store;
        this.partitions = partitions;
    }

    @Override
    public void handle(Received<Policy> record) {
        if (record.message().isPresent()) {
            JournalPolicy policy = PolicyMapper.map(record.message().get());
            JournalPolicy before = known.get(policy.pg());
            if (before == null || policy.revision() > before.revision()) {
                if (partitions.contains(policy.partition())) {
                    store.follow(policy);
                }
                known.put(policy.pg(), policy);
            }
        }
        // A tombstone takes nothing away here: a journal is deleted by command only.
        progress(record.nextOffset());
    }

    @Override
    public void deadLettered(Received<Policy> record) {
        progress(record.nextOffset());
    }

    @Override
    public void positionLost(Topic topic, int partition, long wanted, long earliest) {
        // Compaction moves the beginning; the newest record of each group is always there.
        progress(earliest);
    }

    private void progress(long nextOffset) {
        synchronized (progress) {
            handledTo = Math.max(handledTo, nextOffset);
            progress.notifyAll();
        }
    }

    Optional<JournalPolicy> policy(PgId pg) {
        return Optional.ofNullable(known.get(pg));
    }

    /** Waits until every policy before {@code offset} is known; false when that took too long. */
    boolean awaitHandled(long offset, Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        synchronized (progress) {
            while (handledTo < offset) {
                long millis = (deadline - System.nanoTime()) / 1_000_000;
                if (millis <= 0) {
                    return false;
                }
                progress.wait(millis);
            }
            return true;
        }
    }
}
