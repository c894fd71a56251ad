package io.holdfast.replicationagent.adapter.machine;

import io.holdfast.replicationagent.machine.MachineStore;
import io.holdfast.replicationagent.machine.MachineTools;
import io.holdfast.replicationagent.machine.Machines;
import java.time.InstantSource;

/** Puts together what runs machines on this host. Stateless. */
public final class MachineHost {
    private MachineHost() {}

    public static Machines open(MachineSettings settings, MachineFolders folders, MachineStore store) {
        LinuxNetworks networks = new LinuxNetworks(settings.bridges(), folders);
        return new Machines(
                new MachineTools(
                        new QemuRunner(settings, folders),
                        networks,
                        store,
                        new NetworkProbes(networks),
                        InstantSource.system()),
                settings.memoryLimit());
    }
}
