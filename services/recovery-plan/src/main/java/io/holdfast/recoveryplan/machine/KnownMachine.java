package io.holdfast.recoveryplan.machine;

import io.holdfast.kernel.id.VmId;

/**
 * A machine as a checkpoint has it.
 *
 * @param name a label
 */
public record KnownMachine(VmId vmId, String name, MachineSpec spec) {}
