package io.holdfast.replicationagent.hosting;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.replicationagent.capture.RegionSet;
import io.holdfast.replicationagent.hosting.UnsentWrites.Range;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** Regions told as a bounded number of ranges. */
class UnsentWritesTest {
    private static final long MIB = 1 << 20;

    private static RegionSet regions(long volumeBytes, long... marked) {
        RegionSet set = new RegionSet(volumeBytes, (int) MIB);
        for (long region : marked) {
            set.add(region * MIB, 1);
        }
        return set;
    }

    @Test
    void neighboursAreOneRangeAndTheLastEndsWithTheVolume() {
        assertThat(UnsentWrites.ranges(regions(9 * MIB + 4096, 0, 1, 4, 9), 10))
                .containsExactly(new Range(0, 2 * MIB), new Range(4 * MIB, MIB), new Range(9 * MIB, 4096));
        assertThat(UnsentWrites.ranges(regions(9 * MIB), 10)).isEmpty();
    }

    @Test
    void tooManyAreJoinedOverTheSmallestGaps() {
        RegionSet set = regions(100 * MIB, 1, 3, 10, 13, 40, 60);

        assertThat(UnsentWrites.ranges(set, 4))
                .containsExactly(
                        new Range(MIB, 3 * MIB),
                        new Range(10 * MIB, 4 * MIB),
                        new Range(40 * MIB, MIB),
                        new Range(60 * MIB, MIB));
        assertThat(UnsentWrites.ranges(set, 1)).containsExactly(new Range(MIB, 60 * MIB));
    }

    @RepeatedTest(50)
    void nothingIsLeftOutAndNoMoreIsTakenInThanHasToBe() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        int count = 1 + random.nextInt(3000);
        RegionSet set = regions(count * MIB);
        for (int region = 0; region < count; region++) {
            if (random.nextInt(3) == 0) {
                set.add(region * MIB, 1);
            }
        }
        int most = 1 + random.nextInt(1200);

        List<Range> ranges = UnsentWrites.ranges(set, most);

        assertThat(ranges.size()).as("seed %d", seed).isLessThanOrEqualTo(most);
        long end = -1;
        RegionSet told = regions(count * MIB);
        List<Long> keptGaps = new ArrayList<>();
        for (Range range : ranges) {
            assertThat(range.offset())
                    .as("seed %d: in order, not touching", seed)
                    .isGreaterThan(end);
            if (end >= 0) {
                keptGaps.add(range.offset() - end);
            }
            end = range.offset() + range.length();
            told.add(range.offset(), range.length());
        }
        long widestTaken = 0;
        int gap = 0;
        for (int region = 0; region < count; region++) {
            assertThat(told.contains(region) || !set.contains(region))
                    .as("seed %d", seed)
                    .isTrue();
            gap = told.contains(region) && !set.contains(region) ? gap + 1 : 0;
            widestTaken = Math.max(widestTaken, gap * MIB);
        }
        long widest = widestTaken;
        assertThat(keptGaps).as("seed %d", seed).allMatch(kept -> kept >= widest);
        assertThat(widest == 0 || ranges.size() == most).as("seed %d", seed).isTrue();
    }
}
