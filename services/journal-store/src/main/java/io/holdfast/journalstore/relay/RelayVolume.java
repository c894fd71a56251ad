package io.holdfast.journalstore.relay;

import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import java.util.Objects;

/** A volume as the source journal has it now. */
public record RelayVolume(VolumeId id, String name, VmId vm, String vmName, long sizeBytes) {
    public RelayVolume {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(vm, "vm");
        Objects.requireNonNull(vmName, "vmName");
    }
}
