package io.holdfast.journalstore.adapter.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journalstore.adapter.metrics.JournalMeters;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalPoints;
import io.holdfast.journalstore.adapter.rocksdb.OpenPoint;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.adapter.store.StoreOptions;
import io.holdfast.journalstore.apply.AppliedStream;
import io.holdfast.journalstore.apply.FaultPoints;
import io.holdfast.journalstore.apply.GapReason;
import io.holdfast.journalstore.fixture.PolicyMessages;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.platform.kafka.HoldfastKafka;
import io.holdfast.platform.kafka.KafkaConnection;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.kafka.KafkaFixture;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The partition reader on a real broker: where it goes on, and what it does when that place is gone. */
class KafkaResumeTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int PARTITION = 2;

    @TempDir
    Path data;

    private final KafkaFixture kafka = KafkaFixture.shared();
    private final String prefix = "resume" + UUID.randomUUID().toString().substring(0, 8) + ".";
    private final TestGroup group = new TestGroup().partition(PARTITION);
    private final TestAgent agent = group.agent();
    private final VolumeId volume = group.volume(agent, 64 * 4096);
    private long micros = System.currentTimeMillis() * 1000;
    private volatile long freeBytes = Long.MAX_VALUE;

    private HoldfastKafka clients;
    private JournalStore store;
    private JournalKafka reader;

    @BeforeEach
    void start() {
        clients = new HoldfastKafka(KafkaConnection.of(kafka.bootstrapServers(), prefix), new SimpleMeterRegistry());
        JournalKafka.checkTopics(clients.topics(), Duration.ofSeconds(30));
        StoreOptions options = new StoreFixture(data, group).options();
        store = JournalStore.open(data, options, FaultPoints.NONE, () -> freeBytes);
        reader = new JournalKafka(
                clients,
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                prefix,
                store,
                new JournalMeters(new SimpleMeterRegistry()),
                0,
                data);
        reader.startApplying();
    }

    @AfterEach
    void stop() {
        reader.close();
        clients.close();
        store.close();
    }

    /** Ends without a flush and starts again. */
    private void crash() {
        // The reader flushes when it stops in order; a broken journal stands for a process that could not.
        store.abandon();
        reader.close();
        clients.close();
        start();
    }

    private void write(ChangesRecord record) {
        kafka.write(prefix + "changes", PARTITION, group.pg.toString(), record.toByteArray());
    }

    private void protect(TestGroup one) {
        kafka.write(
                prefix + "policies",
                0,
                one.pg.toString(),
                PolicyMessages.of(one).toByteArray());
    }

    private void sync() {
        write(agent.batch(
                TestAgent.syncStarted(volume, micros),
                TestAgent.filled(volume, 0, 8, 's', micros),
                TestAgent.syncCompleted(volume, micros)));
    }

    private UUID checkpoint() {
        UUID id = UUID.randomUUID();
        write(group.checkpoint(id, ++micros));
        return id;
    }

    private void awaitListed(UUID id) {
        Eventually.until("checkpoint " + id + " is listed", SOON, () -> {
            try (OpenPoint point = new JournalPoints(journal()).open(Point.parse(id.toString()))) {
                assertThat(point.volumes()).hasSize(1);
            }
        });
    }

    private Journal journal() {
        return store.require(group.pg);
    }

    private byte[] block(UUID checkpoint, long block) throws Exception {
        try (OpenPoint point = new JournalPoints(journal()).open(Point.parse(checkpoint.toString()))) {
            ByteBuffer bytes = ByteBuffer.allocate(4096);
            journal().reader(point.volumes().getFirst(), point.lsn()).read(block * 4096, bytes);
            return bytes.array();
        }
    }

    private static byte[] filled(char with) {
        byte[] bytes = new byte[4096];
        Arrays.fill(bytes, (byte) with);
        return bytes;
    }

    @Test
    void after_a_crash_it_goes_on_at_the_stored_place_and_gets_the_same_journal() throws Exception {
        protect(group);
        sync();
        UUID first = checkpoint();
        awaitListed(first);
        journal().flush();
        write(agent.batch(TestAgent.filled(volume, 1, 1, 'a', ++micros)));
        UUID second = checkpoint();
        awaitListed(second);
        var lsn = new JournalPoints(journal())
                .require(new io.holdfast.kernel.id.CheckpointId(second))
                .lsn();

        crash();
        awaitListed(second);

        assertThat(new JournalPoints(journal())
                        .require(new io.holdfast.kernel.id.CheckpointId(second))
                        .lsn())
                .isEqualTo(lsn);
        assertThat(block(first, 1)).isEqualTo(filled('s'));
        assertThat(block(second, 1)).isEqualTo(filled('a'));
        assertThat(journal().snapshot().hasGap()).isFalse();
    }

    @Test
    void a_group_whose_records_kafka_has_deleted_has_a_gap_and_keeps_its_checkpoints() throws Exception {
        protect(group);
        sync();
        UUID before = checkpoint();
        awaitListed(before);
        reader.close();
        write(agent.batch(TestAgent.filled(volume, 1, 1, 'x', ++micros)));
        deleteRecordsBefore(kafka.endOffset(prefix + "changes", PARTITION));
        clients.close();
        store.close();
        start();

        Eventually.until("the gap is seen", SOON, () -> assertThat(
                        journal().snapshot().streams().get(agent.id))
                .isInstanceOfSatisfying(AppliedStream.Gapped.class, gap -> assertThat(gap.reason())
                        .isEqualTo(GapReason.KAFKA_RECORDS_LOST)));
        write(agent.batch(TestAgent.filled(volume, 1, 1, 'y', ++micros)));
        checkpoint();
        agent.newEpoch();
        sync();
        UUID after = checkpoint();
        awaitListed(after);
        assertThat(block(before, 1)).isEqualTo(filled('s'));
        assertThat(journal().checkpointCount()).isEqualTo(2);
    }

    private void deleteRecordsBefore(long offset) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.deleteRecords(Map.of(
                            new TopicPartition(prefix + "changes", PARTITION), RecordsToDelete.beforeOffset(offset)))
                    .all()
                    .get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void several_groups_share_a_partition_and_each_has_its_own_place() throws Exception {
        TestGroup other = new TestGroup().partition(PARTITION);
        TestAgent otherAgent = other.agent();
        VolumeId otherVolume = other.volume(otherAgent, 4096);
        protect(group);
        protect(other);
        sync();
        kafka.write(
                prefix + "changes",
                PARTITION,
                other.pg.toString(),
                otherAgent
                        .batch(TestAgent.syncStarted(otherVolume, 1), TestAgent.syncCompleted(otherVolume, 1))
                        .toByteArray());
        awaitListed(checkpoint());
        journal().flush();
        write(agent.batch(TestAgent.filled(volume, 3, 1, 'm', ++micros)));
        UUID unflushed = checkpoint();
        awaitListed(unflushed);
        store.require(other.pg).flush();

        crash();

        awaitListed(unflushed);
        assertThat(block(unflushed, 3)).isEqualTo(filled('m'));
        assertThat(store.require(other.pg).snapshot().volumesInSync()).isEqualTo(1);
        assertThat(store.require(other.pg).snapshot().hasGap()).isFalse();
    }

    @Test
    void applying_waits_while_there_is_no_room_and_goes_on_by_itself() throws Exception {
        protect(group);
        sync();
        awaitListed(checkpoint());
        freeBytes = 0;
        Eventually.await("the store pauses", SOON, () -> !store.hasRoom());
        UUID late = checkpoint();
        freeBytes = Long.MAX_VALUE;
        awaitListed(late);
    }

    private void writeOf(TestGroup other, ChangesRecord record) {
        kafka.write(prefix + "changes", PARTITION, other.pg.toString(), record.toByteArray());
    }

    @Test
    void a_journal_has_read_everything_when_the_last_records_of_its_partition_are_anothers() {
        TestGroup other = new TestGroup().partition(PARTITION);
        TestAgent otherAgent = other.agent();
        VolumeId otherVolume = other.volume(otherAgent, 4096);
        protect(group);
        protect(other);
        sync();
        awaitListed(checkpoint());
        for (int i = 0; i < 20; i++) {
            writeOf(other, otherAgent.batch(TestAgent.syncStarted(otherVolume, 1)));
            assertThat(reader.allRead(group.pg, SOON)).isTrue();
            assertThat(journal().snapshot().numbers().nextOffset)
                    .isEqualTo(kafka.endOffset(prefix + "changes", PARTITION));
        }
    }

    @Test
    void a_journal_that_waits_has_not_read_what_lies_in_kafka() {
        protect(group);
        sync();
        awaitListed(checkpoint());
        freeBytes = 0;
        Eventually.await(
                "the reader waits",
                SOON,
                () -> reader.readerStates().get("changes-" + PARTITION).equals("WAITING for room on the data volume"),
                () -> reader.readerStates().toString());
        write(agent.batch(TestAgent.filled(volume, 1, 1, 'a', ++micros)));
        assertThat(reader.allRead(group.pg, Duration.ofSeconds(2))).isFalse();
        freeBytes = Long.MAX_VALUE;
        assertThat(reader.allRead(group.pg, SOON)).isTrue();
        assertThat(reader.allRead(new TestGroup().pg, SOON))
                .as("a group that is not here")
                .isFalse();
        reader.close();
        write(agent.batch(TestAgent.filled(volume, 1, 1, 'b', ++micros)));
        assertThat(reader.allRead(group.pg, Duration.ofSeconds(2)))
                .as("nobody reads any more")
                .isFalse();
    }

    @Test
    void a_group_that_nobody_has_a_policy_of_goes_to_the_dead_letters_and_stops_nobody() throws Exception {
        TestGroup unknown = new TestGroup();
        TestAgent stranger = unknown.agent();
        VolumeId strange = unknown.volume(stranger, 4096);
        protect(group);
        kafka.write(
                prefix + "changes",
                PARTITION,
                unknown.pg.toString(),
                stranger.batch(TestAgent.syncStarted(strange, 1)).toByteArray());
        kafka.write(prefix + "changes", PARTITION, "no id", new byte[] {1, 2, 3});
        kafka.write(prefix + "changes", PARTITION, null, null);
        sync();
        awaitListed(checkpoint());
        assertThat(kafka.readAll(prefix + "changes.dlq")).hasSize(3);
        assertThat(store.groups()).containsExactly(group.pg);
    }

    @Test
    void a_topic_that_keeps_records_for_less_than_ten_flushes_is_refused_at_the_start() {
        String other = prefix + "short.";
        kafka.createTopic(other + "changes", 4, Map.of("retention.ms", "299000", "max.message.bytes", "9000000"));
        try (HoldfastKafka fresh =
                new HoldfastKafka(KafkaConnection.of(kafka.bootstrapServers(), other), new SimpleMeterRegistry())) {
            assertThatThrownBy(() -> JournalKafka.checkTopics(fresh.topics(), Duration.ofSeconds(30)))
                    .isInstanceOfSatisfying(HoldfastException.class, failure -> assertThat(failure.code())
                            .isEqualTo(JournalError.KAFKA_RETENTION_TOO_SHORT))
                    .hasMessageContaining("PT4M59S")
                    .hasMessageContaining("PT5M");
            JournalKafka.checkTopics(fresh.topics(), Duration.ofSeconds(29));
        }
    }
}
