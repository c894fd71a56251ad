package io.holdfast.inventory.vm;

import java.util.List;

/**
 * A VM that an agent is to capture.
 *
 * @param wanted what was asked for each of the VM's volumes, in their order
 */
public record AttachOrder(Vm vm, List<VmBook.WantedVolume> wanted, WantedCapture capture) {
    public AttachOrder {
        wanted = List.copyOf(wanted);
        if (wanted.size() != vm.volumes().size()) {
            throw new IllegalArgumentException("every volume was wanted somehow");
        }
    }
}
