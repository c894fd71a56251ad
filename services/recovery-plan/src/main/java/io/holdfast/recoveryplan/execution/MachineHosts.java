package io.holdfast.recoveryplan.execution;

import io.holdfast.recoveryplan.machine.MachineHost;
import java.util.List;

/** The hosts of the recovery site as the inventory tells them. Thread-safe. */
@FunctionalInterface
public interface MachineHosts {
    List<MachineHost> all();
}
