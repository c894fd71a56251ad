package io.holdfast.replicationagent.hosting;

import io.holdfast.nbd.BlockDevice;

/** Opens what volumes are stored on, for this agent alone. */
public interface Backings {
    /**
     * Checks and opens a backing; closing the device gives it free.
     *
     * @throws io.holdfast.kernel.error.HoldfastException {@code BACKING_MISSING}, {@code BACKING_OUTSIDE_ROOTS}, {@code SIZE_NOT_ALIGNED},
     *     {@code VOLUME_TOO_LARGE}, {@code IN_USE_ELSEWHERE} or {@code BACKING_UNUSABLE}; nothing is left open then
     */
    BlockDevice open(String backing, BackingFormat format);
}
