package io.holdfast.recoveryplan.machine;

import io.holdfast.kernel.id.RunId;
import java.util.List;

/**
 * The identity of a copy that lives beside what it was copied from: a name and MACs of its own. They follow from the run, so that every attempt says the same.
 * What is inside of the guest (host name, addresses, keys) is what it was.
 */
public final class CloneIdentity {
    private static final int LONGEST_BASE = 100;

    private CloneIdentity() {}

    public static KnownMachine of(KnownMachine machine, RunId run) {
        MachineSpec spec = machine.spec();
        List<MachineSpec.Nic> nics = spec.nics().stream()
                .map(nic -> new MachineSpec.Nic(
                        nic.name(), Cards.newMac(machine.vmId(), nic, run), nic.model(), nic.network()))
                .toList();
        return new KnownMachine(
                machine.vmId(),
                name(machine.name(), run),
                new MachineSpec(
                        spec.cpuCount(),
                        spec.memoryBytes(),
                        spec.firmware(),
                        spec.machineType(),
                        spec.disks(),
                        nics,
                        spec.directBoot()));
    }

    private static String name(String name, RunId run) {
        String base = name.length() <= LONGEST_BASE ? name : name.substring(0, LONGEST_BASE);
        return "%s-clone-%s".formatted(base, run.toString().substring(0, 8));
    }
}
