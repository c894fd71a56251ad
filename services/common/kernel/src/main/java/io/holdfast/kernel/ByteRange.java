package io.holdfast.kernel;

/**
 * Bytes {@code [offset, offset + length)} of a volume: offset inclusive, end exclusive, length at least 1.
 */
public record ByteRange(long offset, long length) {
    public ByteRange {
        if (offset < 0 || length <= 0 || offset > Long.MAX_VALUE - length) {
            throw new IllegalArgumentException("no such byte range: offset %d, length %d".formatted(offset, length));
        }
    }

    /** The first byte after the range. */
    public long end() {
        return offset + length;
    }

    public boolean overlaps(ByteRange other) {
        return offset < other.end() && other.offset < end();
    }

    public boolean contains(ByteRange other) {
        return offset <= other.offset && other.end() <= end();
    }

    public boolean isAligned(long unitBytes) {
        return offset % unitBytes == 0 && length % unitBytes == 0;
    }

    /** The smallest range of whole units that covers this one. */
    public ByteRange widenTo(long unitBytes) {
        long start = Math.floorDiv(offset, unitBytes) * unitBytes;
        long end = Math.ceilDiv(end(), unitBytes) * unitBytes;
        return new ByteRange(start, end - start);
    }

    @Override
    public String toString() {
        return "[" + offset + ", " + end() + ")";
    }
}
