package io.holdfast.replicationagent.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.ZeroOptions;
import io.holdfast.replicationagent.fixture.StreamBench;
import io.holdfast.replicationagent.fixture.StreamBench.Disk;
import io.holdfast.replicationagent.sync.HashQuestion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;

/**
 * Guests, copier and sender on threads of their own, with disorder among them: lost sessions, pauses, new epochs, a ring that is too small.
 *
 * <p>Named invariants: <b>Equal</b>, the replica equals the disk once everything has settled. <b>Prefix</b>, at every marker each guest's chain of
 * dependent writes is there up to one place and not beyond, and up to what was completed before the marker was ordered.
 */
class SyncSimulationTest {
    private static final int DISK = 4 << 20;
    private static final int CHAIN_SLOTS = 8;
    private static final int SLOT_BYTES = 4096;
    /** Each is a copy of both disks. */
    private static final int MAX_MARKERS = 25;

    private final StreamBench bench = new StreamBench(DISK, 256 << 10, 6);
    /** Between two writes of a writer: 0 overflows the ring, more lets volumes get in sync. */
    private volatile long pauseNanos;

    private final AtomicBoolean stop = new AtomicBoolean();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();
    private final Map<CheckpointId, long[]> completedAtCut = new ConcurrentHashMap<>();
    private final AtomicLongArray chain = new AtomicLongArray(2);

    private static long markersChecked;
    private static long overflowsSeen;
    private static long equalBytesSeen;
    /** Questions that are answered when nobody may want to know any more. Used by one thread. */
    private final List<HashQuestion> late = new ArrayList<>();

    /** A simulation in which nothing happens proves nothing. */
    @AfterAll
    static void theDisorderDidHappen() {
        assertThat(markersChecked).as("markers").isPositive();
        assertThat(overflowsSeen).as("overflows").isPositive();
        assertThat(equalBytesSeen).as("bytes found equal").isPositive();
        System.out.println("checked " + markersChecked + " markers, saw " + overflowsSeen + " overflows, found "
                + equalBytesSeen + " bytes equal");
    }

    private interface Work {
        void run() throws IOException;
    }

    private Thread loop(Work work) {
        return Thread.ofPlatform().start(() -> {
            try {
                while (!stop.get()) {
                    work.run();
                }
            } catch (IOException | RuntimeException | AssertionError failed) {
                failures.add(failed);
                stop.set(true);
            }
        });
    }

    @RepeatedTest(12)
    @Timeout(60)
    void theReplicaEqualsTheDisksAndEveryMarkerIsAnInstantOfTheirWriteOrder() throws Exception {
        long seed = System.nanoTime();
        Random order = new Random(seed);
        Disk one = bench.addDisk(SyncKind.INITIAL);
        Disk two = bench.addDisk(order.nextBoolean() ? SyncKind.INITIAL : SyncKind.FULL);
        List<Thread> threads = new ArrayList<>();
        threads.add(loop(writer(one, new Random(seed + 1))));
        threads.add(loop(writer(one, new Random(seed + 2))));
        threads.add(loop(writer(two, new Random(seed + 3))));
        threads.add(loop(chain(0, one, two)));
        threads.add(loop(chain(1, two, one)));
        threads.add(loop(() -> {
            bench.copy(one);
            bench.copy(two);
        }));
        bench.answersAtOnce = false;
        Random answering = new Random(seed + 5);
        threads.add(loop(() -> answer(answering)));
        Random sending = new Random(seed + 4);
        threads.add(loop(() -> {
            bench.deliver(sending.nextInt(4) > 0);
            if (sending.nextInt(20) == 0) {
                bench.stream.outlet().resume();
            }
            if (sending.nextInt(30) == 0 && completedAtCut.size() < MAX_MARKERS) {
                cut();
            }
        }));

        for (int phase = 0; phase < 16 && !stop.get(); phase++) {
            pauseNanos = phase % 4 == 0 ? 0 : 3_000_000;
            LockSupport.parkNanos(1_000_000L * (10 + order.nextInt(60)));
            switch (order.nextInt(8)) {
                case 0 -> {
                    bench.assign(true);
                    LockSupport.parkNanos(5_000_000L);
                    bench.assign(false);
                }
                case 1 -> bench.newEpoch();
                default -> {
                    // Left in peace for a while, so that volumes get in sync and markers are cut.
                }
            }
        }
        stop.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).as("seed %d", seed).isEmpty();
        bench.stream.outlet().resume();
        bench.settle();
        overflowsSeen += bench.stream.snapshot().overflows();
        equalBytesSeen += bench.stream.snapshot().equalBytes();

        assertEqual(one, seed);
        assertEqual(two, seed);
        assertMarkersArePrefixes(seed, one.volume().id(), two.volume().id());
    }

    /** Replies come soon, late, twice or never; of another epoch, or with a refusal. */
    private void answer(Random random) {
        LockSupport.parkNanos(200_000);
        bench.nanos.addAndGet(random.nextInt(40) == 0 ? 31_000_000_000L : 5_000_000L);
        HashQuestion question = bench.questions.poll();
        if (question == null) {
            return;
        }
        switch (random.nextInt(8)) {
            case 0 -> {
                // Lost.
            }
            case 1 -> late.add(question);
            case 2 -> bench.hashes.answered(question.id(), "JOURNAL_UNAVAILABLE", new byte[0]);
            case 3 -> bench.hashes.sessionEnded();
            default -> bench.answer(question);
        }
        if (random.nextInt(6) == 0 && !late.isEmpty()) {
            bench.answer(late.remove(random.nextInt(late.size())));
        }
    }

    private void assertEqual(Disk disk, long seed) {
        assertThat(Arrays.mismatch(
                        bench.replica.imageOf(disk.volume().id()), disk.device().contents()))
                .as("seed %d: Equal", seed)
                .isEqualTo(-1);
    }

    /** Anything anywhere in the first half of the disk. */
    private Work writer(Disk disk, Random random) {
        return () -> {
            LockSupport.parkNanos(pauseNanos);
            int length = 1 + random.nextInt(random.nextInt(30) == 0 ? 400_000 : 20_000);
            long offset = random.nextInt(DISK / 2 - length);
            switch (random.nextInt(6)) {
                case 0 -> disk.guest().trim(offset, length, false);
                case 1 -> disk.guest().zero(offset, length, ZeroOptions.DEFAULT);
                default -> {
                    byte[] bytes = new byte[length];
                    random.nextBytes(bytes);
                    disk.guest().write(offset, ByteBuffer.wrap(bytes), false);
                }
            }
        };
    }

    /** Each write depends on the one before: they go to the two disks in turn, into slots that are used again. */
    private Work chain(int which, Disk first, Disk second) {
        return () -> {
            LockSupport.parkNanos(100_000);
            long number = chain.get(which) + 1;
            Disk disk = number % 2 == 0 ? first : second;
            ByteBuffer slot = ByteBuffer.allocate(SLOT_BYTES).putLong(0, number);
            disk.guest().write(slotOffset(which, number), slot, false);
            chain.set(which, number);
        };
    }

    private static int slotOffset(int which, long number) {
        return DISK / 2 + (which * CHAIN_SLOTS + (int) (number % CHAIN_SLOTS)) * SLOT_BYTES;
    }

    private void cut() {
        CheckpointId checkpoint = CheckpointId.random();
        long[] completed = {chain.get(0), chain.get(1)};
        if (bench.stream.cutMarker(checkpoint) == ReplicationStream.MarkerOutcome.CUT) {
            completedAtCut.put(checkpoint, completed);
        }
    }

    private void assertMarkersArePrefixes(long seed, VolumeId one, VolumeId two) {
        completedAtCut.forEach((checkpoint, completed) -> {
            Map<VolumeId, byte[]> images = bench.replica.checkpoint(checkpoint);
            if (images == null) {
                return; // dropped with its epoch
            }
            markersChecked++;
            for (int which = 0; which < 2; which++) {
                long newest = 0;
                long[] slots = new long[CHAIN_SLOTS];
                for (int slot = 0; slot < CHAIN_SLOTS; slot++) {
                    // Even numbers lie on the chain's first disk, odd ones on its second; a slot has one parity.
                    boolean even = slot % 2 == 0;
                    VolumeId volume = even == (which == 0) ? one : two;
                    slots[slot] = ByteBuffer.wrap(images.get(volume)).getLong(slotOffset(which, slot));
                    newest = Math.max(newest, slots[slot]);
                }
                assertThat(newest)
                        .as("seed %d: Prefix, completed writes", seed)
                        .isGreaterThanOrEqualTo(completed[which]);
                for (long number = Math.max(1, newest - CHAIN_SLOTS + 1); number <= newest; number++) {
                    assertThat(slots[(int) (number % CHAIN_SLOTS)])
                            .as("seed %d: Prefix of chain %d up to %d", seed, which, newest)
                            .isEqualTo(number);
                }
            }
        });
    }
}
