package io.holdfast.journalstore.adapter.kafka;

import io.holdfast.journalstore.adapter.metrics.JournalMeters;
import io.holdfast.journalstore.adapter.rocksdb.Applied;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.store.Arrivals;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.platform.kafka.HoldfastKafka;
import io.holdfast.platform.kafka.ReaderSettings;
import io.holdfast.platform.kafka.StartPosition;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.platform.kafka.TopicAdmin;
import io.holdfast.proto.v1.JournalCommand;
import io.holdfast.proto.v1.Policy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Everything of the journal-store that speaks with Kafka. */
public final class JournalKafka implements AutoCloseable, Arrivals {
    /** What one fetch may bring: a few of the largest batches. */
    private static final int FETCH_BYTES = 16 << 20;

    private static final int RETENTION_FACTOR = 10;
    /** About as many records as come in a second of full load: 1 MiB each. */
    private static final long LAGGING_RECORDS = 256;

    private final HoldfastKafka kafka;
    private final Map<String, Object> clientSettings;
    private final JournalStore store;
    private final PolicyFollower follower;
    private final DeadLetterWriter deadLetters;
    private final JournalEvents events;
    private final List<PartitionReader> readers = new ArrayList<>();
    private final Set<Integer> partitions;
    private final JournalMeters meters;
    private volatile boolean started;

    /**
     * @param clientSettings of any Kafka client, at least {@code bootstrap.servers}
     * @param ordinal this pod's number
     */
    public JournalKafka(
            HoldfastKafka kafka,
            Map<String, Object> clientSettings,
            String topicPrefix,
            JournalStore store,
            JournalMeters meters,
            int ordinal,
            Path dataDirectory) {
        this.kafka = kafka;
        this.clientSettings = clientSettings;
        this.store = store;
        this.meters = meters;
        int first = ordinal * Topic.CHANGES_PARTITIONS_PER_JOURNAL;
        partitions = IntStream.range(first, first + Topic.CHANGES_PARTITIONS_PER_JOURNAL)
                .boxed()
                .collect(Collectors.toUnmodifiableSet());
        follower = new PolicyFollower(store, partitions);
        deadLetters = new DeadLetterWriter(clientSettings, topicPrefix);
        events = new JournalEvents(kafka, store, this::lag);
        store.scrubs().onMarked(events::listed);
        TopicPartition policies = new TopicPartition(kafka.nameOf(Topic.POLICIES), 0);
        for (int partition : partitions.stream().sorted().toList()) {
            readers.add(new PartitionReader(
                    new TopicPartition(kafka.nameOf(Topic.CHANGES), partition),
                    policies,
                    store,
                    follower,
                    () -> consumer("journal-changes-" + partition),
                    deadLetters,
                    new Watch()));
            meters.partition(partition, () -> lag(partition));
        }
        kafka.reader(
                        ReaderSettings.of("journal-policies", Topic.POLICIES, StartPosition.beginning())
                                .withoutGatingReadiness(),
                        Policy.parser(),
                        follower)
                .start();
        CommandHandler commands = new CommandHandler(store, follower, partitions, events, dataDirectory);
        kafka.reader(
                        ReaderSettings.of(
                                        "journal-commands",
                                        Topic.JOURNAL_COMMANDS,
                                        StartPosition.stored((_, _) -> commands.nextOffset()))
                                .withoutGatingReadiness(),
                        JournalCommand.parser(),
                        commands)
                .start();
    }

    /**
     * Refuses topic settings under which records would be lost between two flushes.
     *
     * @throws HoldfastException {@code KAFKA_RETENTION_TOO_SHORT}; {@code DEPENDENCY_UNAVAILABLE} while Kafka does not answer
     */
    public static void checkTopics(TopicAdmin admin, Duration flushInterval) {
        admin.ensure(Topic.CHANGES, Topic.POLICIES, Topic.JOURNAL_COMMANDS, Topic.JOURNAL_EVENTS);
        TopicAdmin.Settings changes = admin.describe(Topic.CHANGES);
        Duration needed = flushInterval.multipliedBy(RETENTION_FACTOR);
        changes.retention().filter(kept -> kept.compareTo(needed) < 0).ifPresent(kept -> {
            throw new HoldfastException(
                    JournalError.KAFKA_RETENTION_TOO_SHORT,
                    ("topic %s keeps records for %s; the flush interval of %s needs at least %s: raise retention.ms or"
                                    + " lower holdfast.journal.flush-interval")
                            .formatted(changes.topic(), kept, flushInterval, needed));
        });
    }

    /** Begins to apply. After {@link #checkTopics} has passed. */
    public void startApplying() {
        readers.forEach(PartitionReader::start);
        started = true;
    }

    private Consumer<byte[], byte[]> consumer(String name) {
        Map<String, Object> settings = new HashMap<>(clientSettings);
        settings.put("client.id", name);
        settings.put("enable.auto.commit", false);
        settings.put("auto.offset.reset", "none");
        settings.put("allow.auto.create.topics", false);
        settings.put("fetch.max.bytes", FETCH_BYTES);
        settings.put("max.partition.fetch.bytes", FETCH_BYTES);
        settings.put("max.poll.records", 64);
        settings.put("default.api.timeout.ms", 20_000);
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private long lag(int partition) {
        return readers.get(partition % Topic.CHANGES_PARTITIONS_PER_JOURNAL)
                .lag()
                .orElse(0);
    }

    /** Whether applying of a group is noticeably behind. */
    public boolean isLagging(PgId pg) {
        return store.find(pg)
                .filter(journal -> lag(journal.snapshot().manifest().partition()) > LAGGING_RECORDS)
                .isPresent();
    }

    @Override
    public boolean allRead(PgId pg, Duration limit) {
        Optional<Journal> journal = store.find(pg);
        if (!started || journal.isEmpty()) {
            return false;
        }
        long deadline = System.nanoTime() + limit.toNanos();
        int partition = journal.get().snapshot().manifest().partition();
        if (!partitions.contains(partition)) {
            return false;
        }
        OptionalLong end = endOf(new TopicPartition(kafka.nameOf(Topic.CHANGES), partition), limit);
        return end.isPresent()
                && readers.get(partition % Topic.CHANGES_PARTITIONS_PER_JOURNAL)
                        .awaitPassed(journal.get(), end.getAsLong(), Duration.ofNanos(deadline - System.nanoTime()));
    }

    /** What is acknowledged lies before the end that Kafka tells from then on. */
    private OptionalLong endOf(TopicPartition partition, Duration limit) {
        Consumer<byte[], byte[]> asking = consumer("journal-end-" + partition.partition());
        try {
            return OptionalLong.of(asking.endOffsets(List.of(partition), limit).get(partition));
        } catch (KafkaException unknown) {
            return OptionalLong.empty();
        } finally {
            asking.close(CloseOptions.timeout(Duration.ZERO));
        }
    }

    /** Writes the journals' states; {@code all} = also those that have not changed. */
    public void report(boolean all) {
        events.report(all);
    }

    /** False when a reader's thread has died: only a restart of the process mends that. */
    public boolean allApplying() {
        return !started || readers.stream().allMatch(PartitionReader::isAlive);
    }

    /** By partition, what its reader waits for; empty text = it reads. */
    public Map<String, String> readerStates() {
        Map<String, String> states = new HashMap<>();
        for (int i = 0; i < readers.size(); i++) {
            String waiting = readers.get(i).waitingFor();
            states.put("changes-" + i, waiting.isEmpty() ? "READING" : "WAITING for " + waiting);
        }
        return states;
    }

    @Override
    public void close() {
        readers.forEach(PartitionReader::close);
        deadLetters.close();
    }

    private final class Watch implements ReaderEvents {
        @Override
        public void applied(PgId pg, Applied applied) {
            meters.applied(applied);
        }

        @Override
        public void listed(PgId pg, Checkpoint checkpoint) {
            events.listed(pg, checkpoint);
        }

        @Override
        public void deadLetter(int partition) {
            meters.deadLetter();
        }
    }
}
