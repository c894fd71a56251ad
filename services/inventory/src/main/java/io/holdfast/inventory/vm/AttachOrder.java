package io.holdfast.inventory.vm;

import java.util.List;
import java.util.Optional;

/**
 * A VM that an agent is to capture.
 *
 * @param wanted what was asked for each of the VM's volumes, in their order
 * @param machine what the agent is to report of the VM besides its disks
 */
public record AttachOrder(
        Vm vm, List<VmBook.WantedVolume> wanted, WantedCapture capture, Optional<MachineSpec> machine) {
    public AttachOrder {
        wanted = List.copyOf(wanted);
        if (wanted.size() != vm.volumes().size()) {
            throw new IllegalArgumentException("every volume was wanted somehow");
        }
    }
}
