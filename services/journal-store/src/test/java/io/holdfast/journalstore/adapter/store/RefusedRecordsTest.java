package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.adapter.rocksdb.Applied;
import io.holdfast.journalstore.apply.AppliedStream;
import io.holdfast.journalstore.apply.BatchVerdict;
import io.holdfast.journalstore.apply.DiscardReason;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.proto.v1.CheckpointKind;
import io.holdfast.proto.v1.StreamPosition;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Records that the rules refuse: named, never skipped silently, and nothing stored is harmed. */
class RefusedRecordsTest {
    private static final int BLOCKS = 16;

    @TempDir
    Path data;

    private final TestGroup group = new TestGroup();
    private final TestAgent agent = group.agent();
    private final VolumeId volume = group.volume(agent, BLOCKS * 4096);
    private final UUID good = UUID.randomUUID();
    private StoreFixture fixture;

    @BeforeEach
    void aJournalWithOneCheckpoint() {
        fixture = new StoreFixture(data, group).start();
        fixture.put(agent.batch(
                TestAgent.syncStarted(volume, 1000),
                TestAgent.filled(volume, 2, 1, 'g', 1000),
                TestAgent.syncCompleted(volume, 1000)));
        assertThat(fixture.put(group.checkpoint(good, 2000))).isInstanceOf(Applied.Listed.class);
    }

    @AfterEach
    void theGoodCheckpointIsStillWhole() throws Exception {
        byte[] expected = new byte[BLOCKS * 4096];
        Arrays.fill(expected, 2 * 4096, 3 * 4096, (byte) 'g');
        assertThat(fixture.read(Point.parse(good.toString()), volume)).isEqualTo(expected);
        fixture.crash();
        fixture.catchUp();
        assertThat(fixture.read(Point.parse(good.toString()), volume)).isEqualTo(expected);
        fixture.close();
    }

    private void assertRefusedWithGap(Applied applied, String code) {
        assertThat(applied).isInstanceOfSatisfying(Applied.Refused.class, refused -> assertThat(
                        refused.cause().code().name())
                .isEqualTo(code));
        assertThat(fixture.journal().snapshot().hasGap()).isTrue();
        Applied next = fixture.put(agent.batch(TestAgent.filled(volume, 0, 1, 'n', 3000)));
        assertThat(next).isEqualTo(new Applied.Batch(new BatchVerdict.StillGapped(), 0, 0));
        agent.newEpoch();
        fixture.put(agent.batch(TestAgent.syncStarted(volume, 4000), TestAgent.syncCompleted(volume, 4000)));
        assertThat(fixture.journal().snapshot().hasGap()).isFalse();
        assertThat(fixture.put(group.checkpoint(UUID.randomUUID(), 5000))).isInstanceOf(Applied.Listed.class);
    }

    @Test
    void a_change_beyond_the_volumes_end() {
        assertRefusedWithGap(
                fixture.put(agent.batch(
                        TestAgent.filled(volume, 1, 1, 'x', 2500), TestAgent.filled(volume, BLOCKS - 1, 2, 'x', 2500))),
                "OUT_OF_BOUNDS");
    }

    @Test
    void a_zeroing_far_beyond_the_volumes_end() {
        assertRefusedWithGap(fixture.put(agent.batch(TestAgent.zero(volume, 1L << 40, 1, 2500))), "OUT_OF_BOUNDS");
    }

    @Test
    void a_change_of_a_volume_that_the_group_does_not_have() {
        assertRefusedWithGap(
                fixture.put(agent.batch(TestAgent.filled(VolumeId.random(), 0, 1, 'x', 2500))), "UNKNOWN_VOLUME");
    }

    @Test
    void the_gap_of_an_agent_whose_volumes_have_moved_to_another_host_is_nobodys() {
        fixture.put(agent.batch(TestAgent.filled(VolumeId.random(), 0, 1, 'x', 2500)));
        assertThat(fixture.journal().snapshot().hasGap()).isTrue();

        TestAgent other = group.agent();
        group.move(volume, other);
        group.agents.remove(agent);
        fixture.store.follow(group.policy());
        fixture.put(other.batch(TestAgent.syncStarted(volume, 3000), TestAgent.syncCompleted(volume, 3000)));

        assertThat(fixture.put(group.checkpoint(UUID.randomUUID(), 4000))).isInstanceOf(Applied.Listed.class);
        assertThat(fixture.journal().snapshot().hasGap()).isFalse();
    }

    /** Ways in which a batch can be damaged. */
    enum Damage {
        BODY_BYTE(batch -> batch.setBody(flipped(batch.getBody()))),
        BODY_CUT(batch -> batch.setBody(batch.getBody().substring(1))),
        EMPTY_BODY(batch -> batch.setBody(com.google.protobuf.ByteString.EMPTY)),
        CRC(batch -> batch.setBodyCrc32C(batch.getBodyCrc32C() ^ 1)),
        COUNT_TOO_HIGH(batch -> batch.setRecordCount(batch.getRecordCount() + 1)),
        COUNT_HUGE(batch -> batch.setRecordCount(-1)),
        COUNT_ZERO(batch -> batch.setRecordCount(0)),
        BODY_LENGTH(batch -> batch.setBodyLength(batch.getBodyLength() + 4096)),
        BODY_LENGTH_HUGE(batch -> batch.setBodyLength(-1)),
        NO_CODEC(batch -> batch.setCodecValue(0)),
        OTHER_CODEC(batch -> batch.setCodecValue(3)),
        UNKNOWN_CODEC(batch -> batch.setCodecValue(77)),
        NO_VOLUMES(batch -> batch.clearVolumeIds()),
        VOLUME_NOT_AN_ID(batch -> batch.setVolumeIds(0, "disk")),
        MARKER_THAT_IS_NOT_THERE(
                batch -> batch.setMarkerCheckpointId(UUID.randomUUID().toString()));

        private final Consumer<io.holdfast.proto.v1.ChangeBatch.Builder> how;

        Damage(Consumer<io.holdfast.proto.v1.ChangeBatch.Builder> how) {
            this.how = how;
        }

        private static com.google.protobuf.ByteString flipped(com.google.protobuf.ByteString body) {
            byte[] bytes = body.toByteArray();
            bytes[bytes.length / 2] ^= 4;
            return com.google.protobuf.ByteString.copyFrom(bytes);
        }
    }

    @ParameterizedTest
    @EnumSource(Damage.class)
    void a_damaged_batch(Damage damage) {
        ChangesRecord.Builder record = agent.batch(TestAgent.filled(volume, 1, 1, 'x', 2500)).toBuilder();
        damage.how.accept(record.getBatchBuilder());
        Applied applied = fixture.put(record.build());
        assertThat(applied).isInstanceOf(Applied.Refused.class);
        assertRefusedWithGap(applied, ((Applied.Refused) applied).cause().code().name());
    }

    @Test
    void a_batch_of_an_agent_that_is_not_in_the_group_marks_nobody() {
        TestGroup stranger = new TestGroup();
        ChangesRecord.Builder record =
                agent.batch(1, agent.seq + 1, List.of(TestAgent.filled(volume, 1, 1, 'x', 1))).toBuilder();
        record.getBatchBuilder().setAgentId(stranger.agent().id.toString());
        assertThat(fixture.put(record.build())).isInstanceOfSatisfying(Applied.Refused.class, refused -> assertThat(
                        refused.cause().code().name())
                .isEqualTo("UNKNOWN_STREAM"));
        assertThat(fixture.journal().snapshot().hasGap()).isFalse();
        assertThat(fixture.journal().snapshot().streams()).hasSize(1);
    }

    @Test
    void a_record_that_is_neither_batch_nor_checkpoint() {
        assertThat(fixture.put(
                        ChangesRecord.newBuilder().setPgId(group.pg.toString()).build()))
                .isInstanceOf(Applied.Refused.class);
    }

    @Test
    void a_lost_batch_is_a_gap_and_what_follows_is_not_applied() {
        agent.batch(TestAgent.filled(volume, 1, 1, 'x', 2500));
        Applied applied = fixture.put(agent.batch(TestAgent.filled(volume, 1, 1, 'y', 2600)));
        assertThat(applied).isEqualTo(new Applied.Batch(new BatchVerdict.Gap(), 0, 0));
        assertThat(fixture.journal().snapshot().streams().get(agent.id)).isInstanceOf(AppliedStream.Gapped.class);
    }

    @Test
    void a_checkpoint_that_is_not_exactly_here_is_counted_and_not_listed() {
        ChangesRecord elsewhere =
                group.checkpoint(UUID.randomUUID(), 3000).toBuilder().build();
        agent.batch(TestAgent.filled(volume, 1, 1, 'x', 2500));
        ChangesRecord ahead = group.checkpoint(UUID.randomUUID(), 3000);
        assertThat(fixture.put(ahead)).isEqualTo(new Applied.Discarded(DiscardReason.POSITION_MISMATCH));
        agent.seq--;
        ChangesRecord.Builder more = elsewhere.toBuilder();
        more.getCheckpointBuilder()
                .addPositions(StreamPosition.newBuilder()
                        .setAgentId(AgentId.random().toString())
                        .setEpoch(1)
                        .setSeq(1));
        assertThat(fixture.put(more.build())).isEqualTo(new Applied.Discarded(DiscardReason.POSITION_MISMATCH));
        ChangesRecord.Builder volumes = elsewhere.toBuilder();
        volumes.getCheckpointBuilder().setVolumeCount(2);
        assertThat(fixture.put(volumes.build())).isEqualTo(new Applied.Discarded(DiscardReason.NOT_IN_SYNC));
        assertThat(fixture.journal().snapshot().numbers().discardedTotal()).isEqualTo(3);
        assertThat(fixture.journal().checkpointCount()).isEqualTo(1);
    }

    @Test
    void a_checkpoint_during_a_sync_is_not_listed() {
        fixture.put(agent.batch(TestAgent.syncStarted(volume, 2500)));
        assertThat(fixture.put(group.checkpoint(UUID.randomUUID(), 3000)))
                .isEqualTo(new Applied.Discarded(DiscardReason.NOT_IN_SYNC));
        fixture.put(agent.batch(TestAgent.syncCompleted(volume, 2600)));
        assertThat(fixture.put(group.checkpoint(UUID.randomUUID(), 3000))).isInstanceOf(Applied.Listed.class);
    }

    @Test
    void a_checkpoint_that_is_delivered_again_is_listed_once() {
        ChangesRecord record = group.checkpoint(UUID.randomUUID(), 3000);
        assertThat(fixture.put(record)).isInstanceOf(Applied.Listed.class);
        assertThat(fixture.put(record)).isInstanceOf(Applied.ListedBefore.class);
        fixture.put(agent.batch(TestAgent.filled(volume, 1, 1, 'x', 3500)));
        assertThat(fixture.put(record)).isInstanceOf(Applied.ListedBefore.class);
        assertThat(fixture.journal().checkpointCount()).isEqualTo(2);
    }

    /** Ways in which a checkpoint record breaks its contract. */
    enum BadCheckpoint {
        NO_ID(record -> record.setCheckpointId("")),
        NO_KIND(record -> record.setKindValue(0)),
        UNKNOWN_KIND(record -> record.setKindValue(50)),
        LONG_NAME(record -> record.setName("n".repeat(201))),
        NO_TIME(record -> record.setCutAtMicros(0)),
        NO_POSITIONS(record -> record.clearPositions()),
        SAME_AGENT_TWICE(record -> record.addPositions(record.getPositions(0))),
        AGENT_NOT_AN_ID(record -> record.getPositionsBuilder(0).setAgentId("agent")),
        EPOCH_ZERO(record -> record.getPositionsBuilder(0).setEpoch(0)),
        SEQ_NEGATIVE(record -> record.getPositionsBuilder(0).setSeq(-1)),
        NO_VOLUMES(record -> record.setVolumeCount(0));

        private final Consumer<io.holdfast.proto.v1.CheckpointRecord.Builder> how;

        BadCheckpoint(Consumer<io.holdfast.proto.v1.CheckpointRecord.Builder> how) {
            this.how = how;
        }
    }

    @ParameterizedTest
    @EnumSource(BadCheckpoint.class)
    void a_malformed_checkpoint_record(BadCheckpoint bad) {
        ChangesRecord.Builder record = group.checkpoint(UUID.randomUUID(), CheckpointKind.USER, 3000).toBuilder();
        bad.how.accept(record.getCheckpointBuilder());
        assertThat(fixture.put(record.build())).isInstanceOf(Applied.Refused.class);
        assertThat(fixture.journal().checkpointCount()).isEqualTo(1);
        assertThat(fixture.journal().snapshot().hasGap())
                .as("no change is missing, so no stream has a gap")
                .isFalse();
    }

    @Test
    void a_resent_batch_with_new_records_at_its_end_is_applied_from_there() {
        StreamRecord first = TestAgent.filled(volume, 1, 1, 'x', 2500);
        StreamRecord second = TestAgent.filled(volume, 1, 1, 'y', 2600);
        long from = agent.seq + 1;
        fixture.put(agent.batch(first));
        Applied applied = fixture.put(agent.batch(1, from, List.of(first, second)));
        assertThat(applied).isInstanceOfSatisfying(Applied.Batch.class, batch -> {
            assertThat(batch.verdict()).isEqualTo(new BatchVerdict.Apply(1, false));
            assertThat(batch.changes()).isEqualTo(1);
        });
    }
}
