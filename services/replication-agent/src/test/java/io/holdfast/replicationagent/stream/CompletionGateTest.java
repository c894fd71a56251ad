package io.holdfast.replicationagent.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.replicationagent.fixture.StreamBench;
import io.holdfast.replicationagent.fixture.StreamBench.Disk;
import io.holdfast.replicationagent.fixture.Wait;
import io.holdfast.replicationagent.stream.ReplicationStream.HoldOutcome;
import io.holdfast.replicationagent.stream.ReplicationStream.MarkerOutcome;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Holding completions, on one agent (docs/checkpoint-protocol.md, several streams). */
class CompletionGateTest {
    private static final Duration LONG = Duration.ofMinutes(10);

    private final StreamBench bench = new StreamBench(2 << 20, 256 << 10, 16);
    private final List<Thread> guests = new CopyOnWriteArrayList<>();
    private final AtomicBoolean stop = new AtomicBoolean();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();
    private Disk disk;

    @BeforeEach
    void aDiskInSync() throws Exception {
        disk = bench.addDisk(SyncKind.INITIAL);
        bench.settle();
    }

    @AfterEach
    void nothingIsLeft() throws InterruptedException {
        stop.set(true);
        bench.stream.endHold();
        for (Thread guest : guests) {
            assertThat(guest.join(Duration.ofSeconds(30))).as("%s ends", guest).isTrue();
        }
        assertThat(failures).isEmpty();
    }

    private Thread guest(Action action) {
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                action.run();
            } catch (Exception failed) {
                failures.add(failed);
            }
        });
        guests.add(thread);
        return thread;
    }

    private interface Action {
        void run() throws Exception;
    }

    private HoldOutcome.Held hold(Duration limit) {
        return (HoldOutcome.Held) bench.stream.hold(CheckpointId.random(), limit);
    }

    private void write(int block) throws Exception {
        disk.guest().write(block * 4096L, ByteBuffer.allocate(4096), false);
    }

    private static boolean waits(Thread guest) {
        return guest.getState() == Thread.State.TIMED_WAITING || guest.getState() == Thread.State.WAITING;
    }

    @Test
    void aWriteBehindTheMarkerReachesDiskAndRingAndIsToldOfAtTheRelease() throws Exception {
        HoldOutcome.Held held = hold(LONG);
        AtomicBoolean told = new AtomicBoolean();
        Thread guest = guest(() -> {
            disk.guest().write(0, ByteBuffer.wrap(new byte[] {42}), true);
            told.set(true);
        });

        Wait.until(
                "the write waits",
                () -> waits(guest) && newest() > held.marker().value(),
                this::evidence);
        assertThat(disk.device().contents()[0]).isEqualTo((byte) 42);
        assertThat(told).isFalse();

        held.hold().release();
        guest.join();
        assertThat(told).isTrue();
        assertThat(held.hold().await()).isEqualTo(Hold.End.RELEASED);
        assertThat(held.hold().heldNanos()).isPositive();
    }

    @Test
    void zeroingsAndTrimsAreHeldReadsAndFlushesAreNot() throws Exception {
        HoldOutcome.Held held = hold(LONG);
        Thread zeroing = guest(() -> disk.guest().zero(0, 4096, io.holdfast.nbd.ZeroOptions.DEFAULT));
        Thread trim = guest(() -> disk.guest().trim(8192, 4096, false));

        disk.guest().flush();
        disk.guest().read(0, ByteBuffer.allocate(4096));

        Wait.until(
                "both wait",
                () -> waits(zeroing) && waits(trim) && newest() >= held.marker().value() + 2,
                this::evidence);
        held.hold().release();
    }

    @Test
    void withoutAReleaseCompletionsGoOnAfterTheLimitAndTheHoldSaysSo() throws Exception {
        HoldOutcome.Held held = hold(Duration.ofMillis(20));
        long before = System.nanoTime();
        write(0);
        assertThat(System.nanoTime() - before).isPositive();
        assertThat(held.hold().await()).isEqualTo(Hold.End.EXPIRED);
        assertThat(held.hold().heldNanos())
                .isGreaterThanOrEqualTo(Duration.ofMillis(20).toNanos());
        held.hold().release();
        assertThat(held.hold().await()).as("a release that comes late").isEqualTo(Hold.End.EXPIRED);
    }

    @Test
    void oneHoldAtATime() throws Exception {
        HoldOutcome.Held first = hold(LONG);
        long newest = newest();
        assertThat(bench.stream.hold(CheckpointId.random(), LONG)).isInstanceOf(HoldOutcome.Outstanding.class);
        assertThat(newest()).as("no second marker").isEqualTo(newest);
        first.hold().release();
        hold(LONG).hold().release();
    }

    @Test
    void aStreamThatIsNotInSyncIsNotHeld() throws Exception {
        Disk unsynced = bench.addDisk(SyncKind.INITIAL);
        assertThat(bench.stream.hold(CheckpointId.random(), LONG))
                .isEqualTo(new HoldOutcome.NoMarker(MarkerOutcome.NOT_IN_SYNC));
        write(0);
        assertThat(bench.stateOf(unsynced)).isNotInstanceOf(SyncState.InSync.class);
    }

    @Test
    void aPauseAReassignmentANewEpochAndTheEndOfTheStreamEndAHoldAsExpired() throws Exception {
        List<Action> ends = List.of(
                () -> bench.assign(true),
                () -> bench.stream.assign(java.util.Set.of(), false, bench.limits()),
                () -> bench.stream.startEpoch(new io.holdfast.kernel.Epoch(77)),
                () -> bench.stream.end());
        for (Action end : ends) {
            aDiskInSyncAgain();
            HoldOutcome.Held held = hold(LONG);
            end.run();
            assertThat(held.hold().await()).isEqualTo(Hold.End.EXPIRED);
        }
    }

    private void aDiskInSyncAgain() throws Exception {
        bench.assign(false);
        bench.settle();
    }

    @Test
    void theSameAssignmentOnceMoreDoesNotEndAHold() {
        HoldOutcome.Held held = hold(LONG);
        bench.assign(false);
        assertThat(held.hold().heldNanos()).isZero();
        held.hold().release();
        assertThat(held.hold().await()).isEqualTo(Hold.End.RELEASED);
    }

    /**
     * The two halves of the argument, against real threads: what a guest was told of when the hold began stands before the marker, and what stands behind it is told of
     * only after the release.
     */
    @Test
    void theMarkerStandsBehindEverythingThatAGuestWasToldOfAndNothingBehindItIsToldOfBeforeTheRelease()
            throws Exception {
        AtomicLong told = new AtomicLong();
        // One guest: its writes are one after another, so the n-th that it was told of is the n-th change of the
        // stream.
        long first = newest();
        AtomicLong markers = new AtomicLong();
        guest(() -> {
            for (int i = 0; !stop.get(); i++) {
                write(i % 500);
                told.incrementAndGet();
                drain();
            }
        });
        for (int round = 0; round < 2_000; round++) {
            long toldBefore = told.get();
            HoldOutcome.Held held = hold(LONG);
            long changesBeforeMarker = held.marker().value() - first - markers.incrementAndGet();
            assertThat(changesBeforeMarker).as("round %d", round).isGreaterThanOrEqualTo(toldBefore);
            if (round % 2 == 0) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
            // The write that follows the marker is appended, and not told of; the counter may lag by the one before it.
            assertThat(told.get()).as("round %d", round).isLessThanOrEqualTo(changesBeforeMarker);
            held.hold().release();
        }
    }

    /** So that the ring does not run full. */
    private void drain() {
        bench.stream.outlet().ack(bench.stream.epoch(), new io.holdfast.kernel.Seq(newest()));
    }

    private long newest() {
        return bench.stream.snapshot().newestSeq();
    }

    private String evidence() {
        return bench.stream.snapshot() + " " + guests;
    }
}
