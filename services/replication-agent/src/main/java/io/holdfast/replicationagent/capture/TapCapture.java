package io.holdfast.replicationagent.capture;

import java.util.UUID;

/**
 * An unbroken time in which a tap sees every write of its machine: an id for it, and the regions that were written in it (docs/known-differences.md). After any gap there is
 * another one, with another id and nothing in it.
 *
 * <p>Threads: any. What {@link #isWritten} says of a region is exact for a caller that holds the volume's range lock over it, as writes are noted under it.
 */
public final class TapCapture {
    private final String id = UUID.randomUUID().toString();
    private final RegionSet written;

    TapCapture(long volumeBytes) {
        written = new RegionSet(volumeBytes, RegionSet.SYNC_REGION_BYTES);
    }

    /** Random; at most 64 letters, digits and hyphens. */
    public String id() {
        return id;
    }

    /** The caller holds the range lock. */
    void note(long offset, long length) {
        if (!written.containsAll(offset, length)) {
            written.add(offset, length);
        }
    }

    /** Whether a write to this 64 KiB region has arrived since the capture began. */
    public boolean isWritten(int region) {
        return written.contains(region);
    }
}
