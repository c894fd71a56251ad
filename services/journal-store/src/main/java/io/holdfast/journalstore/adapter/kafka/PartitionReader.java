package io.holdfast.journalstore.adapter.kafka;

import com.google.protobuf.InvalidProtocolBufferException;
import io.holdfast.journalstore.adapter.rocksdb.Applied;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.journalstore.space.SpaceGuard;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.proto.v1.ChangesRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * Applies one partition of {@code changes}, on a thread of its own.
 *
 * <p>Several journals share a partition and each has a place of its own in it. The reader begins at the lowest; a journal skips what it
 * has. A journal that is paused keeps its place; when it goes on, the reader goes back to it. Outages of Kafka are waited out.
 */
final class PartitionReader implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PartitionReader.class.getName());
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration ASK_AGAIN = Duration.ofMillis(20);
    private static final Duration POLICY_WAIT = Duration.ofSeconds(10);

    private final TopicPartition partition;
    private final TopicPartition policies;
    private final JournalStore store;
    private final PolicyFollower follower;
    private final Supplier<Consumer<byte[], byte[]>> connect;
    private final DeadLetterWriter deadLetters;
    private final ReaderEvents events;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;

    private final Set<PgId> paused = new HashSet<>();
    private long flushedNanos = System.nanoTime();
    private long lookedNanos;
    /** Groups whose places somebody wants to be noted as soon as they are reached. */
    private final Set<PgId> asked = ConcurrentHashMap.newKeySet();

    private volatile long lag = -1;
    private volatile String waitingFor = "the first connection to Kafka";

    PartitionReader(
            TopicPartition partition,
            TopicPartition policies,
            JournalStore store,
            PolicyFollower follower,
            Supplier<Consumer<byte[], byte[]>> connect,
            DeadLetterWriter deadLetters,
            ReaderEvents events) {
        this.partition = partition;
        this.policies = policies;
        this.store = store;
        this.follower = follower;
        this.connect = connect;
        this.deadLetters = deadLetters;
        this.events = events;
        thread = Thread.ofPlatform()
                .name("apply-" + partition.partition())
                .daemon()
                .unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    boolean isAlive() {
        return thread.isAlive();
    }

    /** Records behind the reader's position; empty = not known. */
    OptionalLong lag() {
        return lag < 0 ? OptionalLong.empty() : OptionalLong.of(lag);
    }

    /**
     * Waits until the journal is behind everything before {@code end}.
     *
     * @return false = not within {@code limit}
     */
    boolean awaitPassed(Journal journal, long end, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (journal.snapshot().numbers().nextOffset < end) {
            if (System.nanoTime() - deadline >= 0 || Thread.currentThread().isInterrupted()) {
                return false;
            }
            asked.add(pgOf(journal));
            LockSupport.parkNanos(ASK_AGAIN.toNanos());
        }
        return true;
    }

    /** What the reader waits for; empty = it reads. */
    String waitingFor() {
        return waitingFor;
    }

    private void run() {
        while (stop.getCount() > 0) {
            try (Consumer<byte[], byte[]> consumer = connect.get()) {
                read(consumer);
            } catch (KafkaException | HoldfastException outage) {
                waitingFor = String.valueOf(outage.getMessage());
                LOG.log(System.Logger.Level.WARNING, "applying waits partition=" + partition, outage);
                sleep();
            } catch (InterruptedException stopped) {
                return;
            }
        }
    }

    private void sleep() {
        try {
            stop.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException stopped) {
            stop.countDown();
        }
    }

    private void read(Consumer<byte[], byte[]> consumer) throws InterruptedException {
        consumer.assign(List.of(partition));
        // Journals of every known group have to exist before the place to begin is chosen.
        catchUpPolicies(consumer);
        seek(consumer);
        long end = consumer.endOffsets(List.of(partition)).get(partition);
        journals().forEach(journal -> journal.repeatsBefore(end));
        while (stop.getCount() > 0) {
            if (lookAround()) {
                seek(consumer);
            }
            boolean room = store.hasRoom();
            if (room) {
                consumer.resume(consumer.paused());
            } else {
                consumer.pause(consumer.assignment());
            }
            waitingFor = room ? "" : "room on the data volume";
            ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
            Set<Journal> touched = new HashSet<>();
            for (ConsumerRecord<byte[], byte[]> record : records) {
                handle(consumer, record, touched);
            }
            touched.forEach(this::commit);
            touched.forEach(journal -> store.followPostponed(pgOf(journal)));
            noteAsked(consumer.position(partition));
            flushWhenDue(consumer.position(partition));
            consumer.currentLag(partition).ifPresent(records2 -> lag = records2);
        }
        flushAll(consumer.position(partition));
    }

    private List<Journal> journals() {
        return store.groups().stream()
                .map(store::find)
                .flatMap(Optional::stream)
                .filter(journal -> journal.snapshot().manifest().partition() == partition.partition())
                .toList();
    }

    private static PgId pgOf(Journal journal) {
        return journal.snapshot().manifest().pg();
    }

    /** Goes to the lowest place of a journal that is not paused. A place that Kafka no longer has is a gap, never skipped. */
    private void seek(Consumer<byte[], byte[]> consumer) {
        long begin = consumer.beginningOffsets(List.of(partition)).get(partition);
        long end = consumer.endOffsets(List.of(partition)).get(partition);
        long lowest = Long.MAX_VALUE;
        boolean any = false;
        for (Journal journal : journals()) {
            if (paused.contains(pgOf(journal)) || journal.failure().isPresent()) {
                continue;
            }
            any = true;
            long at = journal.nextOffset();
            if (at >= 0 && (at < begin || at > end)) {
                LOG.log(
                        System.Logger.Level.ERROR,
                        "Kafka no longer has what the journal needs pg={0} wanted={1} begin={2} end={3}",
                        pgOf(journal),
                        at,
                        begin,
                        end);
                store.sessions().pointsLost(pgOf(journal));
                journal.kafkaLost(begin);
                at = begin;
            } else if (at < 0) {
                journal.passTo(begin);
                at = begin;
            }
            lowest = Math.min(lowest, at);
        }
        consumer.seek(partition, any ? lowest : begin);
    }

    /**
     * Once a second: is there room, can a broken journal work again, has a limit been reached or left.
     *
     * @return whether a journal goes on whose place may lie behind the reader's
     */
    private boolean lookAround() {
        if (System.nanoTime() - lookedNanos < PAUSE.toNanos()) {
            return false;
        }
        lookedNanos = System.nanoTime();
        boolean room = store.checkSpace() == SpaceGuard.Verdict.ROOM;
        boolean goesOn = false;
        for (Journal journal : journals()) {
            PgId pg = pgOf(journal);
            if (journal.failure().isPresent() && room) {
                goesOn |= reopened(journal);
            }
            if (store.limitReached(pg)) {
                paused.add(pg);
            } else if (paused.remove(pg)) {
                goesOn = true;
            }
        }
        return goesOn;
    }

    private boolean reopened(Journal journal) {
        try {
            journal.reopen();
            LOG.log(System.Logger.Level.INFO, "the journal works again pg={0}", pgOf(journal));
            return true;
        } catch (HoldfastException stillBroken) {
            LOG.log(System.Logger.Level.WARNING, "the journal is still broken pg=" + pgOf(journal), stillBroken);
            return false;
        }
    }

    private void handle(Consumer<byte[], byte[]> consumer, ConsumerRecord<byte[], byte[]> record, Set<Journal> touched)
            throws InterruptedException {
        ChangesRecord parsed;
        PgId pg;
        try {
            parsed = WireRecords.parse(record.value() == null ? new byte[0] : record.value());
            pg = PgId.parse(parsed.getPgId());
            requireSameGroup(parsed);
        } catch (InvalidProtocolBufferException | HoldfastException malformed) {
            unreadable(record, malformed);
            return;
        }
        Optional<Journal> journal = journalFor(consumer, pg, parsed);
        if (journal.isEmpty()) {
            if (!isExpected(pg)) {
                deadLetter(
                        record,
                        new HoldfastException(
                                JournalError.UNKNOWN_GROUP,
                                "group %s has no policy for partition %d".formatted(pg, partition.partition())));
            }
            return;
        }
        if (paused.contains(pg) || journal.get().failure().isPresent()) {
            return;
        }
        try {
            Applied applied = journal.get().apply(record.offset(), parsed);
            touched.add(journal.get());
            events.applied(pg, applied);
            if (applied instanceof Applied.Refused refused) {
                deadLetter(record, refused.cause());
            }
        } catch (HoldfastException broken) {
            LOG.log(System.Logger.Level.ERROR, "the journal cannot apply pg=" + pg, broken);
        }
    }

    private static void requireSameGroup(ChangesRecord record) {
        if (record.hasBatch() && !record.getBatch().getPgId().equals(record.getPgId())) {
            throw new HoldfastException(
                    JournalError.MALFORMED_RECORD,
                    "a record of group %s with a batch of group %s"
                            .formatted(record.getPgId(), record.getBatch().getPgId()));
        }
    }

    /** A group that was removed, or whose journal is damaged: its records are passed, the state says so. */
    private boolean isExpected(PgId pg) {
        return store.slot(pg).isPresent()
                || follower.policy(pg)
                        .filter(policy -> policy.state() == JournalPolicy.State.REMOVED)
                        .isPresent();
    }

    private Optional<Journal> journalFor(Consumer<byte[], byte[]> consumer, PgId pg, ChangesRecord record)
            throws InterruptedException {
        Optional<Journal> journal = ours(pg);
        if (journal.isEmpty() ? store.slot(pg).isEmpty() : journal.get().needsNewerPolicy(record)) {
            // The router had the policy before it wrote this record: reading the topic to its present end finds it.
            catchUpPolicies(consumer);
            store.followBeforeNextRecord(pg);
            return ours(pg);
        }
        return journal;
    }

    private Optional<Journal> ours(PgId pg) {
        return store.find(pg).filter(journal -> journal.snapshot().manifest().partition() == partition.partition());
    }

    private void catchUpPolicies(Consumer<byte[], byte[]> consumer) throws InterruptedException {
        long end = consumer.endOffsets(List.of(policies)).get(policies);
        if (!follower.awaitHandled(end, POLICY_WAIT)) {
            throw new HoldfastException(
                    CommonError.DEPENDENCY_UNAVAILABLE, "the policies are not read to offset %d yet".formatted(end));
        }
    }

    private void unreadable(ConsumerRecord<byte[], byte[]> record, Exception cause) {
        HoldfastException reason = cause instanceof HoldfastException ours
                ? ours
                : new HoldfastException(JournalError.MALFORMED_RECORD, "not a ChangesRecord: " + cause.getMessage());
        deadLetter(record, reason);
        try {
            PgId pg = PgId.parse(record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8));
            ours(pg).filter(journal -> journal.failure().isEmpty() && !paused.contains(pg))
                    .ifPresent(journal -> journal.unreadable(record.offset()));
        } catch (HoldfastException noGroup) {
            // Nobody to attribute it to: what is missing shows as a gap at the stream's next batch. It may have been
            // the last one of each.
            for (Journal journal : journals()) {
                if (journal.failure().isEmpty() && !paused.contains(pgOf(journal))) {
                    journal.mayHaveMissed(record.offset());
                }
            }
        }
    }

    private void deadLetter(ConsumerRecord<byte[], byte[]> record, HoldfastException cause) {
        LOG.log(
                System.Logger.Level.ERROR,
                "a record goes to the dead letters partition={0} offset={1} cause={2}",
                partition,
                record.offset(),
                cause);
        // The journal has passed the record already in memory: it is kept before anything else happens, however long
        // that takes.
        while (true) {
            try {
                deadLetters.keep(record, cause);
                events.deadLetter(partition.partition());
                return;
            } catch (HoldfastException outage) {
                waitingFor = String.valueOf(outage.getMessage());
                if (stop.getCount() == 0) {
                    throw outage;
                }
                sleep();
            }
        }
    }

    private void commit(Journal journal) {
        if (journal.failure().isPresent()) {
            return;
        }
        try {
            journal.commit().forEach(checkpoint -> events.listed(pgOf(journal), checkpoint));
        } catch (HoldfastException broken) {
            LOG.log(System.Logger.Level.ERROR, "the journal cannot be written pg=" + pgOf(journal), broken);
        }
    }

    /** A journal whose records are few has passed more than its own last one. */
    private void noteAsked(long position) {
        if (asked.isEmpty()) {
            return;
        }
        for (Journal journal : journals()) {
            if (asked.remove(pgOf(journal)) && journal.failure().isEmpty() && !paused.contains(pgOf(journal))) {
                try {
                    journal.passTo(position);
                } catch (HoldfastException broken) {
                    LOG.log(System.Logger.Level.ERROR, "the journal cannot be written pg=" + pgOf(journal), broken);
                }
            }
        }
    }

    private void flushWhenDue(long position) {
        if (System.nanoTime() - flushedNanos >= store.options().flushInterval().toNanos()) {
            flushAll(position);
        }
    }

    private void flushAll(long position) {
        flushedNanos = System.nanoTime();
        for (Journal journal : journals()) {
            if (journal.failure().isEmpty() && !paused.contains(pgOf(journal))) {
                try {
                    journal.passTo(position);
                    journal.flush();
                    store.followPostponed(pgOf(journal));
                } catch (HoldfastException broken) {
                    LOG.log(System.Logger.Level.ERROR, "the journal cannot be flushed pg=" + pgOf(journal), broken);
                }
            }
        }
    }

    @Override
    public void close() {
        stop.countDown();
        try {
            if (!thread.join(Duration.ofSeconds(15))) {
                thread.interrupt();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
