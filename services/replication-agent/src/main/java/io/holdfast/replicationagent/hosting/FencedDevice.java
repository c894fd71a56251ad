package io.holdfast.replicationagent.hosting;

import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.NbdError;
import io.holdfast.nbd.NbdException;
import io.holdfast.nbd.device.Operation;
import io.holdfast.nbd.device.OperationFilter;
import io.holdfast.replicationagent.ownership.VmGate;
import java.io.IOException;

/** The outermost filter in front of a disk: requests pass while this host may write for the machine, and are refused with {@code ESHUTDOWN} from the instant on when it may not. */
final class FencedDevice extends OperationFilter {
    private final VmGate gate;

    FencedDevice(BlockDevice below, VmGate gate) {
        super(below);
        this.gate = gate;
    }

    @Override
    protected void before(Operation operation) throws IOException {
        if (!gate.enter()) {
            throw new NbdException(NbdError.ESHUTDOWN, gate.reason());
        }
    }

    @Override
    protected void after(Operation operation) {
        gate.leave();
    }
}
