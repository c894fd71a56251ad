package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.id.VolumeId;
import java.util.Objects;

/**
 * A part of a volume that the replica has lost.
 *
 * @param offset bytes, 0 or more
 * @param length bytes, 1 or more; may reach beyond the volume's end
 */
public record DamagedRange(VolumeId volume, long offset, long length) {
    /** @throws IllegalArgumentException for a range that no volume has */
    public DamagedRange {
        Objects.requireNonNull(volume, "volume");
        if (offset < 0 || length < 1 || offset > Long.MAX_VALUE - length) {
            throw new IllegalArgumentException("no range: offset %d, length %d".formatted(offset, length));
        }
    }
}
