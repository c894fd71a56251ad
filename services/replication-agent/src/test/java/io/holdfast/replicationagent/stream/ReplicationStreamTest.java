package io.holdfast.replicationagent.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.change.StreamRecord.SyncCompleted;
import io.holdfast.kernel.change.StreamRecord.SyncStarted;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.rate.RateLimit;
import io.holdfast.kernel.rate.RateWindow;
import io.holdfast.kernel.rate.Speed;
import io.holdfast.kernel.rate.SyncRules;
import io.holdfast.replicationagent.fixture.StreamBench;
import io.holdfast.replicationagent.fixture.StreamBench.Disk;
import io.holdfast.replicationagent.stream.ReplicationStream.MarkerOutcome;
import io.holdfast.replicationagent.sync.VolumeCopier;
import io.holdfast.replicationagent.sync.VolumeCopier.Step;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The rows of docs/sync-states.md. */
class ReplicationStreamTest {
    private static final int SEGMENT = 256 << 10;

    private final StreamBench bench = new StreamBench(2 << 20, SEGMENT, 8);

    private static ByteBuffer bytes(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return ByteBuffer.wrap(bytes);
    }

    /** Writes over the whole disk until the volume leaves IN_SYNC. */
    private void overflow(Disk disk) throws IOException {
        for (int i = 0; bench.stateOf(disk) instanceof SyncState.InSync; i++) {
            disk.guest().write((i % 16) * 131_072L, bytes(131_072, i + 1), false);
        }
    }

    private void assertReplicaEqual(Disk disk) {
        assertThat(Arrays.mismatch(
                        bench.replica.imageOf(disk.volume().id()), disk.device().contents()))
                .isEqualTo(-1);
    }

    @Test
    void anInitialSyncOfAnEmptyDiskSendsNothingButItsTwoEnds() throws IOException {
        Disk disk = bench.addDisk(SyncKind.INITIAL);

        bench.settle();

        assertThat(bench.replica.changes()).isZero();
        assertThat(bench.replica.controls()).hasSize(2);
        assertThat(bench.stateOf(disk)).isInstanceOf(SyncState.InSync.class);
    }

    @Test
    void aFullSyncThatIsNotAnsweredSendsItsZeroes() throws IOException {
        Disk disk = bench.addDisk(SyncKind.FULL);
        bench.answersAtOnce = false;
        bench.replica.seed(disk.volume().id(), bytes(bench.diskBytes, 1).array());

        for (int i = 0; i < 1000 && !bench.allInSync(); i++) {
            bench.copy(disk);
            bench.deliver(true);
            bench.questions.clear();
            bench.nanos.addAndGet(10_000_000_000L);
        }

        assertThat(bench.allInSync()).isTrue();
        assertThat(bench.replica.changes()).isPositive();
        assertReplicaEqual(disk);
    }

    @Test
    void aCopierWithNobodyToAskSendsEverything() throws IOException {
        Disk disk = bench.addDisk(SyncKind.INITIAL);
        bench.replica.seed(disk.volume().id(), bytes(bench.diskBytes, 1).array());
        VolumeCopier alone = new VolumeCopier(ByteBuffer.allocate(VolumeCopier.MAX_COPY_BYTES));

        for (int i = 0; i < 1000 && !bench.allInSync(); i++) {
            alone.step(bench.stream, disk.member());
            bench.deliver(true);
        }

        assertThat(bench.allInSync()).isTrue();
        assertReplicaEqual(disk);
    }

    @Test
    void aSeededReplicaIsSentOnlyWhatDiffersZeroesIncluded() throws IOException {
        Disk disk = bench.addDisk(SyncKind.INITIAL);
        byte[] older = new byte[bench.diskBytes];
        new java.util.Random(5).nextBytes(older);
        Arrays.fill(older, 10 * 65536, 20 * 65536, (byte) 0);
        bench.replica.seed(disk.volume().id(), older);
        disk.device().write(0, ByteBuffer.wrap(older), false);
        disk.device().write(3 * 65536 + 5, bytes(1, 77), false);
        disk.device().write(7 * 65536, bytes(65536, 0), false);
        disk.device().write(15 * 65536, bytes(4096, 9), false);

        bench.settle();

        assertReplicaEqual(disk);
        assertThat(bench.replica.dataBytes()).as("blocks, not regions").isEqualTo(2 * 4096);
        assertThat(bench.stream.snapshot().equalBytes()).isEqualTo(bench.diskBytes - 65536L - 2 * 4096);
    }

    @Test
    void aBitmapIsComparedOnlyAboveTheResyncThreshold() throws IOException {
        Disk disk = bench.addDisk(SyncKind.INITIAL);
        bench.settle();
        byte[] before = disk.device().contents();
        for (int percent : new int[] {25, 75}) {
            bench.assign(true);
            int noted = bench.diskBytes / 100 * percent / 65536 * 65536;
            disk.guest().write(0, ByteBuffer.wrap(before, 0, noted), false);
            long equal = bench.stream.snapshot().equalBytes();
            bench.assign(false);
            bench.settle();

            assertThat(bench.stream.snapshot().equalBytes() - equal)
                    .as("%d %%", percent)
                    .isEqualTo(percent > 50 ? noted : 0);
            assertReplicaEqual(disk);
        }
    }

    @Test
    void damageThatTheJournalFoundIsCopiedAgainThoughTheHashIsRight() throws IOException {
        Disk disk = bench.addDisk(SyncKind.INITIAL);
        disk.guest().write(0, bytes(300_000, 6), false);
        bench.settle();
        long sent = bench.replica.dataBytes();

        assertThat(bench.stream.resend(disk.volume().id(), 65536, 65536)).isTrue();

        assertThat(bench.stateOf(disk)).isInstanceOf(SyncState.Bitmap.class);
        bench.replica.damage(disk.volume().id(), 70_000, 10);
        bench.settle();
        assertReplicaEqual(disk);
        assertThat(bench.replica.dataBytes() - sent).isEqualTo(65536);

        bench.stream.resend(disk.volume().id(), 0, 65536);
        bench.newEpoch();
        sent = bench.replica.dataBytes();
        bench.settle();
        assertThat(bench.replica.dataBytes() - sent).as("of a full sync").isEqualTo(65536);
        assertThat(bench.stream.resend(io.holdfast.kernel.id.VolumeId.random(), 0, 4096))
                .isFalse();
    }

    @Test
    void aWindowThatIsClosedHoldsTheSyncAndARateSlowsIt() throws IOException {
        Disk disk = bench.addDisk(SyncKind.FULL);
        disk.device().write(0, bytes(bench.diskBytes, 3), false);
        bench.stream.follow(rules(new RateWindow(Set.of(), 0, 1, Speed.CLOSED)));
        bench.copy(disk);
        bench.deliver(true);

        assertThat(bench.copy(disk)).isEqualTo(Step.WAITING);
        assertThat(waitsFor()).isEqualTo(SyncWait.WINDOW_CLOSED);
        assertThat(bench.questions).isEmpty();

        bench.stream.follow(rules(new RateWindow(Set.of(), 0, 1, new Speed.Limited(256 << 10))));
        long begun = bench.nanos.get();
        while (!bench.allInSync()) {
            bench.copy(disk);
            bench.deliver(true);
            bench.nanos.addAndGet(10_000_000);
            assertThat(bench.nanos.get() - begun).isLessThan(60_000_000_000L);
        }
        double seconds = (bench.nanos.get() - begun) / 1e9;
        assertThat(bench.replica.dataBytes() / seconds)
                .isBetween(0.5 * (256 << 10), (256 << 10) * (seconds + 1.5) / seconds);
    }

    private static SyncRules rules(RateWindow window) {
        return new SyncRules(new RateLimit(Speed.UNLIMITED, List.of(window)), 50);
    }

    private SyncWait waitsFor() {
        return bench.stream.snapshot().volumes().getFirst().syncWaitsFor();
    }

    @Test
    void aWriteToARegionThatIsNotCopiedYetIsLeftToTheCopier() throws IOException {
        Disk disk = bench.addDisk(SyncKind.INITIAL);
        assertThat(bench.copy(disk)).isEqualTo(Step.PROGRESS);
        long seq = bench.stream.snapshot().newestSeq();

        disk.guest().write(1 << 20, bytes(4096, 1), false);

        assertThat(bench.stream.snapshot().newestSeq()).isEqualTo(seq);
        bench.settle();
        assertReplicaEqual(disk);
    }

    @Test
    void aFullRingTurnsEveryVolumeOfTheStreamToBitmapAndTheGuestGoesOn() throws IOException {
        Disk disk = bench.addDisk(SyncKind.INITIAL);
        Disk other = bench.addDisk(SyncKind.INITIAL);
        bench.settle();

        overflow(disk);

        assertThat(bench.stateOf(disk)).isInstanceOf(SyncState.Bitmap.class);
        assertThat(bench.stateOf(other)).isInstanceOf(SyncState.Bitmap.class);
        assertThat(bench.stream.snapshot().ringUsedBytes()).isLessThanOrEqualTo(bench.pool.limitBytes() / 10 * 9);
        disk.guest().write(0, bytes(4096, 77), false);
        assertThat(disk.device().contents()[0]).isEqualTo((byte) 77);
    }

    @Test
    void aBitmapSyncWaitsUntilTheRingHasDrainedAndThenMakesTheReplicaEqual() throws IOException {
        Disk disk = bench.addDisk(SyncKind.INITIAL);
        bench.settle();
        overflow(disk);

        assertThat(bench.copy(disk)).isEqualTo(Step.WAITING);

        bench.settle();
        assertThat(bench.replica.controls().get(2))
                .isInstanceOfSatisfying(
                        SyncStarted.class, started -> assertThat(started.kind()).isEqualTo(SyncKind.BITMAP));
        assertReplicaEqual(disk);
    }

    @Test
    void zeroesThatFollowAnOverflowedWriteAreSentInAnInitialSync() throws IOException {
        Disk disk = bench.addDisk(SyncKind.INITIAL);
        bench.copy(disk); // SyncStarted
        bench.deliver(true);
        while (disk.volume().dirty().contains(0)) {
            bench.copy(disk); // the first regions are zero, here and there
        }
        disk.guest().write(0, bytes(4096, 9), false);
        bench.deliver(true);
        assertThat(bench.replica.imageOf(disk.volume().id())[0]).isEqualTo((byte) 9);
        bench.assign(true);
        disk.guest().trim(0, 65536, false);
        bench.assign(false);

        bench.settle();

        assertReplicaEqual(disk);
    }

    @Test
    void aPausedGroupNotesWritesAndSendsNothing() throws IOException {
        Disk disk = bench.addDisk(SyncKind.INITIAL);
        bench.settle();
        bench.assign(true);

        disk.guest().write(0, bytes(4096, 4), false);

        assertThat(bench.stateOf(disk)).isInstanceOf(SyncState.Bitmap.class);
        assertThat(bench.deliver(true)).isZero();
        assertThat(bench.copy(disk)).isEqualTo(Step.WAITING);
        bench.assign(false);
        bench.settle();
        assertReplicaEqual(disk);
    }

    @Test
    void aFailedLocalWriteIsSentAsTheDiskThenIs() throws IOException {
        Disk disk = bench.addDisk(SyncKind.INITIAL);
        bench.settle();
        disk.device().failWrites(1);

        try {
            disk.guest().write(65536, bytes(8192, 6), false);
        } catch (IOException expected) {
            assertThat(expected).hasMessageContaining("told to fail");
        }

        assertThat(bench.stateOf(disk)).isInstanceOf(SyncState.Bitmap.class);
        bench.settle();
        assertReplicaEqual(disk);
    }

    @Test
    void aMarkerIsCutOnlyWhenEveryAssignedVolumeIsInSync() throws IOException {
        Disk disk = bench.addDisk(SyncKind.INITIAL);
        assertThat(bench.stream.cutMarker(CheckpointId.random())).isEqualTo(MarkerOutcome.NOT_IN_SYNC);
        bench.settle();
        assertThat(bench.stream.cutMarker(CheckpointId.random())).isEqualTo(MarkerOutcome.CUT);

        bench.stream.assign(
                java.util.Set.of(disk.volume().id(), io.holdfast.kernel.id.VolumeId.random()), false, bench.limits());

        assertThat(bench.stream.cutMarker(CheckpointId.random())).isEqualTo(MarkerOutcome.NOT_IN_SYNC);
    }

    @Test
    void aMarkerEndsItsBatchAndHoldsEverythingCompletedBefore() throws IOException {
        Disk disk = bench.addDisk(SyncKind.INITIAL);
        bench.settle();
        disk.guest().write(0, bytes(4096, 1), false);
        CheckpointId checkpoint = CheckpointId.random();

        bench.stream.cutMarker(checkpoint);
        disk.guest().write(0, bytes(4096, 2), false);

        OutgoingBatch batch = bench.stream.outlet().takeNext(0);
        assertThat(batch.marker()).contains(checkpoint);
        bench.replica.apply(StreamBench.seal(batch));
        batch.close();
        assertThat(bench.replica.checkpoint(checkpoint).get(disk.volume().id())[0])
                .isEqualTo((byte) 1);
    }

    @Test
    void aNewEpochStartsAtSeqOneAndSendsEverything() throws IOException {
        Disk disk = bench.addDisk(SyncKind.INITIAL);
        disk.guest().write(0, bytes(100_000, 1), false);
        bench.settle();

        bench.newEpoch();

        assertThat(bench.stream.snapshot().newestSeq()).isZero();
        assertThat(bench.stateOf(disk)).isEqualTo(new SyncState.Unsynced(SyncKind.FULL));
        bench.settle();
        assertThat(bench.replica.epoch()).isEqualTo(2);
        assertReplicaEqual(disk);
    }

    @Test
    void anAcknowledgementOfAnotherEpochOrOfTheFutureIsIgnored() throws IOException {
        bench.addDisk(SyncKind.INITIAL);
        bench.settle();
        long newest = bench.stream.snapshot().newestSeq();

        assertThat(bench.stream.outlet().ack(new Epoch(99), new Seq(1))).isFalse();
        assertThat(bench.stream.outlet().ack(new Epoch(1), new Seq(newest + 1))).isFalse();
    }

    @Test
    void aBatchOnItsWayStaysReadableWhenTheStreamIsReset() throws IOException {
        Disk disk = bench.addDisk(SyncKind.INITIAL);
        bench.settle();
        disk.guest().write(0, bytes(131_072, 5), false);
        OutgoingBatch batch = bench.stream.outlet().takeNext(0);

        bench.newEpoch();
        for (int i = 0; i < 200; i++) {
            bench.copy(disk);
            disk.guest().write((i % 16) * 131_072L, bytes(131_072, 100), false);
        }

        assertThat(io.holdfast.changestream.Batches.open(StreamBench.seal(batch))
                        .records())
                .isNotEmpty();
        batch.close();
    }

    @Test
    void aCopierThatComesLateWithAVolumeThatLeftChangesNothing() throws IOException {
        Disk disk = bench.addDisk(SyncKind.INITIAL);
        disk.guest().write(0, bytes(4096, 1), false);
        bench.copy(disk);
        disk.volume().detachSink();
        bench.stream.remove(disk.volume().id());

        Step step = bench.copy(disk);

        assertThat(step).isEqualTo(Step.WAITING);
        assertThat(disk.volume().dirty().count())
                .isEqualTo(disk.volume().dirty().regionCount());
    }

    @Test
    void memoryComesBackWhenEverythingIsAcknowledged() throws IOException {
        Disk disk = bench.addDisk(SyncKind.INITIAL);
        bench.settle();
        overflow(disk);
        bench.settle();

        assertThat(bench.stream.snapshot().ringUsedBytes()).isZero();
        assertThat(bench.pool.lentBytes()).isLessThanOrEqualTo(SEGMENT);
        bench.stream.end();
        assertThat(bench.pool.lentBytes()).isZero();
    }

    @Test
    void resendingAfterAReconnectIsHarmlessAndLosesNothing() throws IOException {
        Disk disk = bench.addDisk(SyncKind.INITIAL);
        bench.settle();
        for (int i = 0; i < 5; i++) {
            disk.guest().write(i * 4096L, bytes(4096, i + 1), false);
            bench.deliver(false);
        }

        StreamOutlet.Resume resume = bench.stream.outlet().resume();

        assertThat(resume.next().value()).isEqualTo(bench.stream.snapshot().ackedSeq() + 1);
        assertThat(bench.deliver(true)).isPositive();
        assertThat(bench.stream.isDrained()).isTrue();
        assertReplicaEqual(disk);
    }

    @Test
    void everySyncEndsWithItsCompletion() throws IOException {
        Disk disk = bench.addDisk(SyncKind.DELTA);
        bench.settle();

        assertThat(bench.replica.controls())
                .hasSize(2)
                .last()
                .isInstanceOfSatisfying(SyncCompleted.class, completed -> assertThat(completed.volume())
                        .isEqualTo(disk.volume().id()));
    }

    @Test
    void aSyncIsNotCompletedWhileARegionIsDirty() throws IOException {
        Disk disk = bench.addDisk(SyncKind.DELTA);
        bench.copy(disk);
        assertThat(disk.volume().dirty().isEmpty()).isFalse();

        assertThat(bench.stream.sync().tryComplete(disk.member())).isFalse();

        assertThat(bench.stateOf(disk)).isInstanceOf(SyncState.Syncing.class);
    }

    @Test
    void copiesLeaveRoomForGuestWrites() throws IOException {
        Disk disk = bench.addDisk(SyncKind.FULL);
        for (int i = 0; i < 16; i++) {
            disk.guest().write(i * 131_072L, bytes(131_072, i + 1), false);
        }

        bench.copy(disk); // SyncStarted
        bench.deliver(true);
        while (bench.copy(disk) == Step.PROGRESS) {
            // until the copier waits
        }

        assertThat(bench.stream.snapshot().ringUsedBytes()).isBetween(1L, bench.pool.limitBytes() / 2);
        assertThat(bench.stateOf(disk)).isInstanceOf(SyncState.Syncing.class);
    }
}
