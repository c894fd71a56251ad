package io.holdfast.journalstore.journal;

import io.holdfast.kernel.Block;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import java.util.Objects;
import java.util.Optional;

/**
 * A volume's place in one journal.
 *
 * @param index 0 to 65535; given once, never reused in this journal
 * @param agent whose stream carries the volume's changes
 * @param removedAt head when the policy stopped naming the volume; later points do not have it
 */
public record VolumeSlot(
        int index,
        VolumeId volume,
        String name,
        VmId vm,
        String vmName,
        AgentId agent,
        long sizeBytes,
        Optional<Lsn> removedAt) {
    public static final int MAX_INDEX = 65_535;

    public VolumeSlot {
        Objects.requireNonNull(volume, "volume");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(vm, "vm");
        Objects.requireNonNull(vmName, "vmName");
        Objects.requireNonNull(agent, "agent");
        Objects.requireNonNull(removedAt, "removedAt");
        if (index < 0 || index > MAX_INDEX) {
            throw new IllegalArgumentException("a volume index is 0 to %d, not %d".formatted(MAX_INDEX, index));
        }
        if (sizeBytes <= 0 || sizeBytes % Block.SIZE_BYTES != 0 || Block.indexOf(sizeBytes) > 1L << 39) {
            throw new IllegalArgumentException("a volume has whole blocks of %d bytes, 1 to 2^39 of them; not %d bytes"
                    .formatted(Block.SIZE_BYTES, sizeBytes));
        }
    }

    public boolean isProtected() {
        return removedAt.isEmpty();
    }

    /** As it was when it had another size. */
    public VolumeSlot ofSize(long bytes) {
        return new VolumeSlot(index, volume, name, vm, vmName, agent, bytes, removedAt);
    }

    VolumeSlot removed(Lsn head) {
        return new VolumeSlot(index, volume, name, vm, vmName, agent, sizeBytes, Optional.of(head));
    }
}
