package io.holdfast.recoveryplan.ownership;

import io.holdfast.kernel.id.VolumeId;
import java.util.List;

/**
 * Where a volume of a fenced VM may hold what this site has not received (docs/known-differences.md).
 *
 * @param ranges in order, not touching; empty = it holds nothing of the kind
 */
public record Unsent(VolumeId volumeId, List<Range> ranges) {
    public static final int MAX_RANGES = 1024;
    /** Ranges are whole regions of so many bytes; the volume's last one may be shorter. */
    public static final int REGION_BYTES = 64 << 10;

    /** @throws IllegalArgumentException for ranges that are too many, not of whole regions, not in order, or touch */
    public Unsent {
        ranges = List.copyOf(ranges);
        if (ranges.size() > MAX_RANGES) {
            throw new IllegalArgumentException("%d ranges instead of %d".formatted(ranges.size(), MAX_RANGES));
        }
        long end = -1;
        for (Range range : ranges) {
            if (range.offsetBytes() <= end || end % REGION_BYTES > 0) {
                throw new IllegalArgumentException(
                        "a range at %d behind one to %d".formatted(range.offsetBytes(), end));
            }
            end = range.offsetBytes() + range.lengthBytes();
        }
    }

    /** Part of a volume. */
    public record Range(long offsetBytes, long lengthBytes) {
        private static final int BLOCK_BYTES = 4 << 10;

        /** @throws IllegalArgumentException if no volume has such a range */
        public Range {
            if (offsetBytes < 0
                    || offsetBytes % REGION_BYTES != 0
                    || lengthBytes <= 0
                    || lengthBytes % BLOCK_BYTES != 0
                    || offsetBytes > Long.MAX_VALUE - lengthBytes) {
                throw new IllegalArgumentException("no range: %d bytes at %d".formatted(lengthBytes, offsetBytes));
            }
        }
    }
}
