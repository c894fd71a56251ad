package io.holdfast.replicationagent.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.replicationagent.fixture.StreamBench;
import io.holdfast.replicationagent.fixture.StreamBench.Disk;
import io.holdfast.replicationagent.stream.SyncBase;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Regions that differ are looked at block by block before they are sent. */
class SecondLookTest {
    private static final int REGION = 64 << 10;
    private static final int BLOCK = 4096;
    private static final int REGIONS = 640;
    private static final int DISK = REGIONS * REGION;

    private final StreamBench bench = new StreamBench(DISK, 1 << 20, 64);
    private final Random random = new Random(11);
    private final byte[] there = new byte[DISK];

    /** A disk whose replica holds other bytes than the disk in so many random blocks of each region. */
    private Disk differingIn(int blocksOfRegion) throws IOException {
        random.nextBytes(there);
        byte[] here = there.clone();
        for (int region = 0; region < REGIONS; region++) {
            int first = random.nextInt(16);
            for (int i = 0; i < blocksOfRegion; i++) {
                here[region * REGION + (first + i) % 16 * BLOCK + random.nextInt(BLOCK)] ^= 1;
            }
        }
        Disk disk = bench.addDisk(SyncKind.FULL);
        disk.device().write(0, ByteBuffer.wrap(here), false);
        bench.replica.seed(disk.volume().id(), there);
        return disk;
    }

    private void requireEqual(Disk disk) {
        assertThat(Arrays.mismatch(
                        bench.replica.imageOf(disk.volume().id()), disk.device().contents()))
                .isEqualTo(-1);
    }

    @Test
    void ofEachRegionOnlyTheBlocksThatDifferAreSent() throws IOException {
        Disk disk = differingIn(2);

        bench.settle();

        requireEqual(disk);
        assertThat(bench.replica.dataBytes()).isEqualTo(REGIONS * 2L * BLOCK);
        assertThat(bench.stream.snapshot().equalBytes()).isEqualTo(DISK - REGIONS * 2L * BLOCK);
        assertThat(bench.hashes.outstanding()).isZero();
    }

    @Test
    void aGuestThatWritesWhileARegionIsAsideLosesNothing() throws IOException {
        Disk disk = differingIn(1);
        bench.answersAtOnce = false;
        for (int i = 0; i < 3 * REGIONS && !bench.allInSync(); i++) {
            bench.copy(disk);
            bench.deliver(true);
            byte[] written = new byte[BLOCK];
            random.nextBytes(written);
            disk.guest().write((long) random.nextInt(DISK / BLOCK) * BLOCK, ByteBuffer.wrap(written), false);
            if (random.nextInt(3) == 0 && !bench.questions.isEmpty()) {
                bench.answer(bench.questions.remove());
            }
        }

        bench.settle();

        requireEqual(disk);
        assertThat(bench.replica.dataBytes()).isLessThan(DISK / 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"INVALID_RANGE", "NO_SUCH_VOLUME", "short", "long"})
    void aJournalThatDoesNotHashBlocksIsSentWholeRegions(String reply) throws IOException {
        Disk disk = differingIn(1);
        bench.answersAtOnce = false;
        while (!bench.allInSync()) {
            bench.copy(disk);
            bench.deliver(true);
            for (HashQuestion asked = bench.questions.poll(); asked != null; asked = bench.questions.poll()) {
                if (asked.chunkBytes() == REGION) {
                    bench.answer(asked);
                } else {
                    refuse(asked, reply);
                }
            }
        }

        requireEqual(disk);
        assertThat(bench.replica.dataBytes()).isEqualTo(DISK);
        assertThat(bench.hashes.outstanding()).isZero();
    }

    private void refuse(HashQuestion asked, String reply) {
        switch (reply) {
            case "short" -> bench.hashes.answered(asked.id(), "", new byte[31]);
            case "long" -> bench.hashes.answered(asked.id(), "", new byte[1 << 20]);
            default -> bench.hashes.answered(asked.id(), reply, new byte[0]);
        }
    }

    private SecondLook lookAt(Disk disk, int mostAside) {
        CopyTools tools = new CopyTools(ByteBuffer.allocate(BLOCK), bench.hashes, Instant::now, () -> 0);
        SyncBase base = new SyncBase(new Epoch(1), new Seq(1));
        return new SecondLook(base, bench.stream.id().pg(), disk.volume(), tools, mostAside);
    }

    @Test
    void whereNearlyAllBlocksDifferItRestsForAWhile() {
        SecondLook look = lookAt(bench.addDisk(SyncKind.FULL), 4096);
        for (int region = 0; region < 256; region++) {
            assertThat(look.putAside(region)).isTrue();
            look.taken(region, 16, 1);
        }

        for (int region = 256; region < 256 + 4096; region++) {
            assertThat(look.putAside(region)).as("region %d", region).isFalse();
        }
        assertThat(look.putAside(5000)).as("it looks again").isTrue();
    }

    @Test
    void whereSomeBlocksAreEqualItGoesOn() {
        SecondLook look = lookAt(bench.addDisk(SyncKind.FULL), 4096);
        for (int region = 0; region < 1000; region++) {
            assertThat(look.putAside(region)).as("region %d", region).isTrue();
            look.taken(region, 16, 2);
        }
    }

    @Test
    void noMoreThanItsBoundIsPutAsideAndWhatAHoleHasTakenMakesRoom() {
        Disk disk = bench.addDisk(SyncKind.FULL);
        disk.volume().dirty().addAll();
        SecondLook look = lookAt(disk, 3);

        assertThat(look.putAside(5)).isTrue();
        assertThat(look.putAside(6)).isTrue();
        assertThat(look.isFull()).isFalse();
        assertThat(look.putAside(7)).isTrue();
        assertThat(look.isFull()).isTrue();
        assertThat(look.putAside(8)).isFalse();

        disk.volume().dirty().remove(6L * REGION, REGION);
        assertThat(look.isFull()).isFalse();
        assertThat(look.putAside(8)).isTrue();
        look.taken(5, 16, 15);
        assertThat(look.isAside(5)).isFalse();
        assertThat(look.putAside(9)).isTrue();
    }
}
