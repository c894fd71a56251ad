package io.holdfast.journalstore.differences;

import io.holdfast.kernel.Block;
import io.holdfast.kernel.ByteRange;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.LongUnaryOperator;
import java.util.stream.Collectors;

/** Regions of one volume that are being collected: one bit each. One thread. */
public final class RegionSet {
    public static final long BLOCKS = Regions.REGION_BYTES / Block.SIZE_BYTES;

    private final long volumeBytes;
    private final int count;
    private final BitSet regions = new BitSet();

    /** @param volumeBytes up to 2^31 regions: 128 TiB */
    public RegionSet(long volumeBytes) {
        this.volumeBytes = volumeBytes;
        count = Math.toIntExact(Math.ceilDiv(volumeBytes, Regions.REGION_BYTES));
    }

    /** Adds every region that the range touches; what lies beyond the volume's end is left out. */
    public void add(long offset, long length) {
        long first = offset / Regions.REGION_BYTES;
        long end = Math.min(count, Math.ceilDiv(offset + length, (long) Regions.REGION_BYTES));
        if (first < end) {
            regions.set((int) first, (int) end);
        }
    }

    /**
     * Adds the regions of blocks that are set, looking at each region once at most.
     *
     * @param nextSet the first set block from a block on, of at most this volume's; negative = none
     */
    public void addBlocks(LongUnaryOperator nextSet) {
        long blocks = Math.ceilDiv(volumeBytes, Block.SIZE_BYTES);
        for (long block = 0; block < blocks; ) {
            long set = nextSet.applyAsLong(block);
            if (set < 0) {
                return;
            }
            add(Block.offsetOf(set), Block.SIZE_BYTES);
            block = (set / BLOCKS + 1) * BLOCKS;
        }
    }

    private record Gap(int from, int end) {
        /** Of two gaps of one length the later one counts as longer, so that there is one answer. */
        static final Comparator<Gap> BY_LENGTH =
                Comparator.<Gap>comparingInt(gap -> gap.end - gap.from).thenComparingInt(gap -> gap.from);
    }

    /** What was added. When it is more ranges than may be, those are joined that have the smallest gaps between them: never less than what was added. */
    public Regions toRegions() {
        return toRegions(Regions.MAX_RANGES);
    }

    Regions toRegions(int most) {
        Set<Integer> splits = longestGaps(most - 1);
        List<ByteRange> ranges = new ArrayList<>();
        int from = regions.nextSetBit(0);
        while (from >= 0) {
            int end = regions.nextClearBit(from);
            int next = regions.nextSetBit(end);
            while (next >= 0 && !splits.contains(end)) {
                end = regions.nextClearBit(next);
                next = regions.nextSetBit(end);
            }
            long offset = (long) from * Regions.REGION_BYTES;
            ranges.add(new ByteRange(offset, Math.min(volumeBytes, (long) end * Regions.REGION_BYTES) - offset));
            from = next;
        }
        return new Regions(ranges);
    }

    /** Where the longest gaps between ranges begin. */
    private Set<Integer> longestGaps(int most) {
        PriorityQueue<Gap> longest = new PriorityQueue<>(Gap.BY_LENGTH);
        int from = regions.nextSetBit(0);
        while (from >= 0) {
            int end = regions.nextClearBit(from);
            from = regions.nextSetBit(end);
            if (from >= 0) {
                longest.add(new Gap(end, from));
                if (longest.size() > most) {
                    longest.remove();
                }
            }
        }
        return longest.stream().map(Gap::from).collect(Collectors.toSet());
    }
}
