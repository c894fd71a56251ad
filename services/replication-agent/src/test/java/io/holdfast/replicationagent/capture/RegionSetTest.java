package io.holdfast.replicationagent.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RegionSetTest {
    private static final int REGION = 64 << 10;

    @Test
    void anyRowOfChangesLeavesWhatAPlainBitSetWouldHold() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            long size = 4096L * (1 + random.nextInt(4_000));
            RegionSet set = new RegionSet(size, REGION);
            BitSet model = new BitSet();
            for (int i = 0; i < 60; i++) {
                long offset = 4096 * random.nextLong(size / 4096);
                long length = 4096 * (1 + random.nextLong((size - offset) / 4096));
                int first = (int) (offset / REGION);
                int end = (int) ((offset + length - 1) / REGION) + 1;
                switch (random.nextInt(5)) {
                    case 0, 1 -> {
                        set.add(offset, length);
                        model.set(first, end);
                    }
                    case 2, 3 -> {
                        set.remove(offset, length);
                        model.clear(first, end);
                    }
                    default -> {
                        if (random.nextInt(10) == 0) {
                            set.addAll();
                            model.set(0, set.regionCount());
                        }
                    }
                }
                assertThat(set.count()).as("seed %d", seed).isEqualTo(model.cardinality());
                assertThat(set.isEmpty()).isEqualTo(model.isEmpty());
                assertThat(set.containsAll(offset, length)).isEqualTo(model.nextClearBit(first) >= end);
                int any = model.nextSetBit(first);
                assertThat(set.containsAny(offset, length)).isEqualTo(any >= 0 && any < end);
                assertThat(set.next(first)).as("seed %d", seed).isEqualTo(model.nextSetBit(first));
                assertThat(set.runLength(first, 1_000_000))
                        .isEqualTo(Math.min(model.nextClearBit(first), set.regionCount()) - first);
            }
        }
    }

    @Test
    void theLastRegionEndsWithTheVolume() {
        RegionSet set = new RegionSet(REGION + 4096, REGION);

        set.addAll();

        assertThat(set.regionCount()).isEqualTo(2);
        assertThat(set.endOf(1)).isEqualTo(REGION + 4096);
        assertThat(set.bytes()).isEqualTo(REGION + 4096);
    }

    @Test
    void aVolumeOverTheLimitIsRefused() {
        assertThatThrownBy(() -> new RegionSet(RegionSet.MAX_VOLUME_BYTES + 4096, REGION))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
