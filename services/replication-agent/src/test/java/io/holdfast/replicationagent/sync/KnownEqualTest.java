package io.holdfast.replicationagent.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.change.SyncKind;
import io.holdfast.replicationagent.capture.RegionSet;
import io.holdfast.replicationagent.capture.TapCapture;
import io.holdfast.replicationagent.fixture.StreamBench;
import io.holdfast.replicationagent.fixture.StreamBench.Disk;
import io.holdfast.replicationagent.fixture.TappedGuest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A journal that answers for what is known to be equal (docs/known-differences.md), and a guest that writes on. */
class KnownEqualTest {
    private static final int REGION = 64 << 10;
    private static final int BLOCK = 4096;
    private static final int REGIONS = 256;
    private static final int DISK = REGIONS * REGION;
    private static final int WRITERS = 2;

    private static long knownBytesSeen;
    private static long breaksSeen;

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private final StreamBench bench = new StreamBench(DISK, 1 << 20, 64);
    private final byte[] seedImage = new byte[DISK];
    /** What the import named. */
    private String imported = "";

    private RegionSet differs;

    @AfterAll
    static void theInterestingThingsHappened() {
        assertThat(knownBytesSeen).isPositive();
        assertThat(breaksSeen).isPositive();
    }

    /** The old disk is the replica's seed; the machine's disk was the same, and was written to since. */
    private Disk recovered(int regionsWritten) throws IOException {
        random.nextBytes(seedImage);
        Arrays.fill(seedImage, 3 * REGION, 9 * REGION, (byte) 0);
        Disk disk = bench.addTapped(SyncKind.INITIAL);
        disk.device().write(0, ByteBuffer.wrap(seedImage), false);
        for (int i = 0; i < regionsWritten; i++) {
            disk.device().write((long) random.nextInt(DISK / BLOCK) * BLOCK, ByteBuffer.wrap(bytes(BLOCK)), false);
        }
        bench.answersAtOnce = false;
        return disk;
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private TappedGuest guest(Disk disk) {
        return (TappedGuest) disk.guest();
    }

    /** The place where the machine runs is asked, behind the beginning of the capture; it tells the least that is right. */
    private void importSeed(Disk disk) {
        imported = disk.volume().capture().map(TapCapture::id).orElseThrow();
        byte[] now = disk.device().contents();
        differs = new RegionSet(DISK, REGION);
        for (int region = 0; region < REGIONS; region++) {
            int from = region * REGION;
            if (!Arrays.equals(now, from, from + REGION, seedImage, from, from + REGION)) {
                differs.add(from, 1);
            }
        }
        bench.replica.seed(disk.volume().id(), seedImage);
    }

    /** As the journal does: for chunks outside of the differences, when the question names the import's capture. */
    private void answer(HashQuestion question) {
        byte[] found = bench.replica.hashes(
                question.base().epoch().value(),
                question.base().seq().value(),
                question.volume(),
                question.offset(),
                question.length(),
                question.chunkBytes());
        if (found != null && !imported.isEmpty() && question.captureId().equals(imported)) {
            for (int i = 0; i < found.length / 32; i++) {
                if (!differs.containsAny(question.offset() + (long) i * question.chunkBytes(), question.chunkBytes())) {
                    Arrays.fill(found, 32 * i, 32 * i + 32, (byte) 0xfe);
                }
            }
        }
        bench.hashes.answered(
                question.id(), found == null ? "NOT_APPLIED_YET" : "", found == null ? new byte[0] : found);
    }

    private void answerAll() {
        for (HashQuestion question = bench.questions.poll(); question != null; question = bench.questions.poll()) {
            answer(question);
        }
    }

    private void settle(Disk disk) throws IOException {
        for (int i = 0; i < 100_000 && !(bench.allInSync() && bench.stream.isDrained()); i++) {
            bench.copy(disk);
            bench.deliver(true);
            answerAll();
            bench.nanos.addAndGet(10_000_000L);
        }
        assertThat(bench.allInSync())
                .as(() -> "seed " + seed + ": " + bench.stream.snapshot())
                .isTrue();
        assertThat(Arrays.mismatch(
                        bench.replica.imageOf(disk.volume().id()), disk.device().contents()))
                .as("seed %d: first byte that is not equal", seed)
                .isEqualTo(-1);
    }

    private long knownBytes() {
        return bench.stream.snapshot().knownEqualBytes();
    }

    @RepeatedTest(20)
    @Timeout(120)
    void replicaAndDiskAreEqualInTheEndWheneverTheGuestWrites() throws Exception {
        Disk disk = recovered(random.nextInt(60));
        TappedGuest guest = guest(disk);
        Random delays = new Random(seed + 1);
        guest.onTheWay(() -> LockSupport.parkNanos(delays.nextInt(4) == 0 ? 2_000_000L : 1_000L));
        AtomicBoolean stop = new AtomicBoolean();
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        List<Thread> writers = new ArrayList<>();
        for (int which = 0; which < WRITERS; which++) {
            writers.add(writer(disk, which, stop, failures));
        }
        guest.attach(disk.volume(), 1, false);
        LockSupport.parkNanos(1_000_000L * random.nextInt(5));
        importSeed(disk);
        int breakAt = random.nextInt(3) == 0 ? random.nextInt(400) : -1;
        for (int step = 0; step < 400; step++) {
            bench.copy(disk);
            if (random.nextInt(3) == 0) {
                bench.deliver(true);
            }
            if (random.nextInt(3) == 0 && !bench.questions.isEmpty()) {
                answer(bench.questions.remove());
            }
            bench.nanos.addAndGet(1_000_000L);
            if (step == breakAt) {
                breakAndAttachAgain(disk);
            }
            if (random.nextInt(8) == 0) {
                LockSupport.parkNanos(300_000L);
            }
        }
        stop.set(true);
        for (Thread writer : writers) {
            writer.join();
        }
        assertThat(failures).as("seed %d", seed).isEmpty();

        settle(disk);

        knownBytesSeen += knownBytes();
    }

    private void breakAndAttachAgain(Disk disk) throws IOException {
        breaksSeen++;
        guest(disk).breakOff();
        assertThat(disk.volume().capture()).as("no capture over a gap").isEmpty();
        for (int i = 0; i < random.nextInt(20); i++) {
            bench.copy(disk);
        }
        long interruption = disk.volume().interrupt();
        guest(disk).attach(disk.volume(), interruption, random.nextBoolean());
        assertThat(disk.volume().capture().map(TapCapture::id))
                .isPresent()
                .get()
                .isNotEqualTo(imported);
    }

    /** Writes of any size within regions that are its own. */
    private Thread writer(Disk disk, int which, AtomicBoolean stop, List<Throwable> failures) {
        Random own = new Random(seed + 100 + which);
        return Thread.ofVirtual().start(() -> {
            try {
                while (!stop.get()) {
                    int region = own.nextInt(REGIONS / WRITERS) * WRITERS + which;
                    int length = 512 * (1 + own.nextInt(16));
                    byte[] bytes = new byte[length];
                    own.nextBytes(bytes);
                    long offset = (long) region * REGION + 512L * own.nextInt((REGION - length) / 512);
                    disk.guest().write(offset, ByteBuffer.wrap(bytes), false);
                    LockSupport.parkNanos(50_000L * own.nextInt(20));
                }
            } catch (IOException | RuntimeException failed) {
                failures.add(failed);
            }
        });
    }

    @Test
    void whatIsKnownToBeEqualIsNotReadAndOfTheRestOnlyBlocksAreSent() throws Exception {
        Disk disk = recovered(0);
        guest(disk).attach(disk.volume(), 1, false);
        importSeed(disk);
        // Behind the question to the other place: only the tap knows of it.
        disk.guest().write(77L * REGION + BLOCK, ByteBuffer.wrap(bytes(BLOCK)), false);
        int readsBefore = disk.device().reads();

        settle(disk);

        assertThat(knownBytes()).isEqualTo(DISK - REGION);
        assertThat(bench.stream.snapshot().equalBytes()).isEqualTo(DISK - BLOCK);
        assertThat(bench.replica.dataBytes()).isEqualTo(BLOCK);
        assertThat(disk.device().reads() - readsBefore)
                .as("the region that was written, by regions and by blocks")
                .isEqualTo(2);
    }

    /** The write is on the disk, and the copier looks before it has arrived. */
    @Test
    void aWriteOnItsWayArrivesBehindTheLookAndIsNotLost() throws Exception {
        Disk disk = recovered(0);
        guest(disk).attach(disk.volume(), 1, false);
        importSeed(disk);
        guest(disk).onTheWay(() -> {
            guest(disk).onTheWay(() -> {});
            try {
                while (!disk.volume().dirty().isEmpty()) {
                    bench.copy(disk);
                    bench.deliver(true);
                    answerAll();
                }
            } catch (IOException failed) {
                throw new IllegalStateException(failed);
            }
        });

        disk.guest().write(77L * REGION, ByteBuffer.wrap(bytes(BLOCK)), false);
        assertThat(knownBytes()).isEqualTo(DISK);
        settle(disk);
    }

    @Test
    void anAnswerToAQuestionThatNamedNoCaptureSaysThatARegionDiffers() throws Exception {
        Disk disk = recovered(0);
        disk.volume().resume(1, java.util.Optional.empty());
        bench.replica.seed(disk.volume().id(), new byte[DISK]);
        for (int i = 0; i < 200 && !bench.allInSync(); i++) {
            bench.copy(disk);
            bench.deliver(true);
            for (HashQuestion asked = bench.questions.poll(); asked != null; asked = bench.questions.poll()) {
                assertThat(asked.captureId()).isEmpty();
                byte[] known = new byte[32 * (int) (asked.length() / asked.chunkBytes())];
                Arrays.fill(known, (byte) 0xfe);
                bench.hashes.answered(asked.id(), "", known);
            }
        }

        settle(disk);
        assertThat(knownBytes()).isZero();
        assertThat(bench.stream.snapshot().equalBytes()).isZero();
    }

    @Test
    void anAnswerForAnEarlierCaptureIsNotBelievedByALaterOne() throws Exception {
        Disk disk = recovered(0);
        guest(disk).attach(disk.volume(), 1, false);
        importSeed(disk);
        for (int i = 0; i < 4; i++) {
            bench.copy(disk);
            bench.deliver(true);
        }
        List<HashQuestion> early = List.copyOf(bench.questions);
        assertThat(early).isNotEmpty().allMatch(asked -> asked.captureId().equals(imported));

        guest(disk).breakOff();
        disk.guest().write(9L * REGION, ByteBuffer.wrap(bytes(BLOCK)), false);
        // Nobody has noticed that the mirror has ended: the answers come for the sync that asked.
        answerAll();
        for (int i = 0; i < 100; i++) {
            bench.copy(disk);
        }
        assertThat(knownBytes()).isZero();
        guest(disk).attach(disk.volume(), disk.volume().interrupt(), true);

        settle(disk);
    }
}
