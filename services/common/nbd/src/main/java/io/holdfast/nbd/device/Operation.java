package io.holdfast.nbd.device;

/**
 * One call on a device, as fault filters see it.
 *
 * @param kind which method
 * @param offset bytes from the start; 0 for a flush
 * @param length bytes; 0 for a flush
 */
public record Operation(Kind kind, long offset, long length) {
    /** The methods that move or ask for data. */
    public enum Kind {
        READ,
        WRITE,
        ZERO,
        TRIM,
        FLUSH,
        EXTENTS,
        CACHE;

        /** True for operations that change contents. */
        public boolean changesContents() {
            return this == WRITE || this == ZERO || this == TRIM;
        }
    }

    /** True if the operation's range and the given one share a byte. */
    public boolean touches(long otherOffset, long otherLength) {
        return offset < otherOffset + otherLength && otherOffset < offset + length;
    }

    @Override
    public String toString() {
        return kind + " offset " + offset + ", length " + length;
    }
}
