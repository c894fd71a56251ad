package io.holdfast.journalstore.differences;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.ByteRange;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegionsTest {
    private static final int REGION = Regions.REGION_BYTES;
    private static final long SIZE = 900L * REGION + 5 * 4096;

    private final long seed = Long.getLong("holdfast.seed", new Random().nextLong());
    private final Random random = new Random(seed);

    private static BitSet of(Regions regions) {
        BitSet bits = new BitSet();
        for (ByteRange range : regions.ranges()) {
            bits.set((int) (range.offset() / REGION), (int) Math.ceilDiv(range.end(), (long) REGION));
        }
        return bits;
    }

    @Test
    void joinedRangesCoverWhatWasAddedWithinTheBoundInOrderAndAddAsLittleAsCanBe() {
        for (int round = 0; round < 300; round++) {
            RegionSet set = new RegionSet(SIZE);
            BitSet added = new BitSet();
            for (int i = random.nextInt(200); i > 0; i--) {
                long offset = random.nextLong(SIZE);
                long length = 1 + random.nextLong(random.nextBoolean() ? 4096 : 10L * REGION);
                set.add(offset, length);
                added.set((int) (offset / REGION), (int) Math.min(901, Math.ceilDiv(offset + length, (long) REGION)));
            }
            int most = 1 + random.nextInt(40);

            Regions joined = set.toRegions(most);

            String as = "seed %d, round %d, at most %d".formatted(seed, round, most);
            joined.requireInside(SIZE);
            assertThat(joined.ranges().size()).as(as).isLessThanOrEqualTo(most);
            BitSet covered = of(joined);
            BitSet missing = (BitSet) added.clone();
            missing.andNot(covered);
            assertThat(missing.isEmpty()).as(as).isTrue();
            BitSet more = (BitSet) covered.clone();
            more.andNot(added);
            assertThat(more.cardinality()).as(as).isEqualTo(leastToJoin(added, most));
        }
    }

    /** The sum of the smallest gaps that have to be filled. */
    private static int leastToJoin(BitSet added, int most) {
        int[] gaps = new int[901];
        int count = 0;
        for (int from = added.nextSetBit(0); from >= 0; ) {
            int end = added.nextClearBit(from);
            from = added.nextSetBit(end);
            if (from >= 0) {
                gaps[count++] = from - end;
            }
        }
        Arrays.sort(gaps, 0, count);
        return Arrays.stream(gaps, 0, Math.max(0, count + 1 - most)).sum();
    }

    @Test
    void everySecondRegionOfALargeVolumeBecomesAsManyRangesAsMayBe() {
        RegionSet set = new RegionSet(40_000L * REGION);
        for (int region = 0; region < 40_000; region += 2) {
            set.add((long) region * REGION, 1);
        }

        Regions joined = set.toRegions();

        assertThat(joined.ranges()).hasSize(Regions.MAX_RANGES);
        assertThat(joined.ranges().getFirst().offset()).isZero();
        assertThat(joined.ranges().getLast().end()).isEqualTo(39_999L * REGION);
    }

    @Test
    void blocksThatAreSetGiveTheirRegionsAndNoOthers() {
        BitSet blocks = new BitSet();
        RegionSet expected = new RegionSet(SIZE);
        for (int i = 0; i < 40; i++) {
            int block = random.nextInt((int) (SIZE / 4096));
            blocks.set(block);
            expected.add(block * 4096L, 4096);
        }
        RegionSet set = new RegionSet(SIZE);

        set.addBlocks(from -> blocks.nextSetBit((int) from));

        assertThat(set.toRegions()).as("seed %d", seed).isEqualTo(expected.toRegions());
    }

    @Test
    void aStretchIsOutsideExactlyWhenNoRangeHasAByteOfIt() {
        RegionSet set = new RegionSet(SIZE);
        for (int i = 0; i < 60; i++) {
            set.add(random.nextLong(SIZE), 1);
        }
        Regions regions = set.toRegions();
        for (int i = 0; i < 5000; i++) {
            long from = random.nextLong(SIZE - 1);
            long end = Math.min(SIZE, from + 1 + random.nextLong(4L * REGION));
            assertThat(regions.areOutside(from, end))
                    .as("[%d, %d) of %s, seed %d", from, end, regions, seed)
                    .isEqualTo(regions.ranges().stream()
                            .noneMatch(range -> range.overlaps(new ByteRange(from, end - from))));
        }
        assertThat(Regions.NONE.areOutside(0, SIZE)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "4096, 65536, begin at a multiple",
        "0, 4096, end with the volume",
        "0, 64881664, beyond the volume",
    })
    void aRangeThatIsNotWholeRegionsOfTheVolumeIsRefused(long offset, long length, String why) {
        assertThatThrownBy(() -> new Regions(List.of(new ByteRange(offset, length))).requireInside(900L * REGION))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }

    @Test
    void rangesThatTouchOrAreOutOfOrderOrTooManyAreRefused() {
        ByteRange first = new ByteRange(0, REGION);
        for (List<ByteRange> bad : List.of(
                List.of(first, new ByteRange(REGION, REGION)),
                List.of(first, first),
                List.of(new ByteRange(4L * REGION, REGION), first),
                List.of(new ByteRange(0, 4096), new ByteRange(4L * REGION, REGION)),
                java.util.stream.LongStream.rangeClosed(0, Regions.MAX_RANGES)
                        .mapToObj(i -> new ByteRange(2 * i * REGION, REGION))
                        .toList())) {
            assertThatThrownBy(() -> new Regions(bad)).isInstanceOf(IllegalArgumentException.class);
        }
        new Regions(List.of(first, new ByteRange(2L * REGION, 4096))).requireInside(2L * REGION + 4096);
    }
}
