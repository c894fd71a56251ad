package io.holdfast.nbd;

/**
 * A run of bytes with one allocation state.
 *
 * @param offset first byte, from the start of the device
 * @param length bytes, greater than 0
 * @param kind the state (NBD specification, "Metadata contexts", {@code base:allocation})
 */
public record Extent(long offset, long length, Kind kind) {
    /** Allocation states that a device can report. DATA is always a safe answer. */
    public enum Kind {
        /** Allocated; contents unknown. */
        DATA,
        /** Allocated and reads as zeroes. */
        ZERO,
        /** Not allocated and reads as zeroes. */
        HOLE
    }

    public Extent {
        if (offset < 0 || length <= 0 || offset > Long.MAX_VALUE - length) {
            throw new IllegalArgumentException("bad extent: offset " + offset + ", length " + length);
        }
    }

    /** The first byte after the run. */
    public long end() {
        return offset + length;
    }

    /** True if the run certainly reads as zeroes. */
    public boolean readsAsZeroes() {
        return kind != Kind.DATA;
    }
}
