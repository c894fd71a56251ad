package io.holdfast.journalstore.differences;

import io.holdfast.kernel.ByteRange;
import java.util.List;

/**
 * Ranges of a volume: whole regions of {@value #REGION_BYTES} bytes, the last one perhaps to the volume's end; in order, not touching, at most {@value #MAX_RANGES}.
 * Immutable.
 */
public record Regions(List<ByteRange> ranges) {
    public static final int REGION_BYTES = 64 << 10;
    public static final int MAX_RANGES = 4096;
    public static final Regions NONE = new Regions(List.of());

    /** @throws IllegalArgumentException with a sentence for a person, which names the range by its place */
    public Regions {
        ranges = List.copyOf(ranges);
        if (ranges.size() > MAX_RANGES) {
            throw new IllegalArgumentException("at most %d ranges, not %d".formatted(MAX_RANGES, ranges.size()));
        }
        long end = -1;
        for (int i = 0; i < ranges.size(); i++) {
            ByteRange range = ranges.get(i);
            if (range.offset() % REGION_BYTES != 0) {
                throw new IllegalArgumentException(
                        "range %d (%s) must begin at a multiple of %d".formatted(i, range, REGION_BYTES));
            }
            if (range.length() % REGION_BYTES != 0 && i + 1 < ranges.size()) {
                throw new IllegalArgumentException(
                        "range %d (%s) must be whole regions of %d bytes; only the last may end with the volume"
                                .formatted(i, range, REGION_BYTES));
            }
            if (range.offset() <= end) {
                throw new IllegalArgumentException(
                        "range %d (%s) must lie behind the one before, and not touch it".formatted(i, range));
            }
            end = range.end();
        }
    }

    /** @throws IllegalArgumentException with a sentence for a person, when they are not ranges of a volume of this size */
    public void requireInside(long volumeBytes) {
        if (ranges.isEmpty()) {
            return;
        }
        ByteRange last = ranges.getLast();
        if (last.end() > volumeBytes) {
            throw new IllegalArgumentException(
                    "the last range (%s) ends beyond the volume, which has %d bytes".formatted(last, volumeBytes));
        }
        if (last.length() % REGION_BYTES != 0 && last.end() != volumeBytes) {
            throw new IllegalArgumentException(
                    "the last range (%s) must be whole regions of %d bytes, or end with the volume at %d"
                            .formatted(last, REGION_BYTES, volumeBytes));
        }
    }

    /** Whether nothing of {@code [from, end)} lies in a range. */
    public boolean areOutside(long from, long end) {
        int low = 0;
        int high = ranges.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ranges.get(middle).end() <= from) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == ranges.size() || ranges.get(low).offset() >= end;
    }
}
