package io.holdfast.replicationagent.machine;

import io.holdfast.replicationagent.machine.MachineRunner.RunningMachine;
import java.util.function.LongSupplier;

/** Takes the pictures of one machine. What cannot be taken is left out: a picture is evidence and must not keep a machine from its way. */
final class MachineCamera {
    private static final System.Logger LOG = System.getLogger(MachineCamera.class.getName());

    private final MachineOrder order;
    private final Screens screens;
    private final LongSupplier nowMicros;

    MachineCamera(MachineOrder order, Screens screens, LongSupplier nowMicros) {
        this.order = order;
        this.screens = screens;
        this.nowMicros = nowMicros;
    }

    /** Takes at most as long as the hypervisor's answer may. */
    void take(RunningMachine machine, Screen.Moment moment) {
        try {
            machine.screenshot().ifPresent(picture -> screens.add(order, moment, nowMicros.getAsLong(), picture));
        } catch (RuntimeException failed) {
            LOG.log(System.Logger.Level.WARNING, "A display could not be taken; machine=" + order.id(), failed);
        }
    }
}
