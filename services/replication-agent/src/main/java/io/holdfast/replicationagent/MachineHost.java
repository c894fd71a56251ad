package io.holdfast.replicationagent;

import io.holdfast.replicationagent.adapter.libvirt.LibvirtRunner;
import io.holdfast.replicationagent.adapter.machine.Hypervisor;
import io.holdfast.replicationagent.adapter.machine.LinuxNetworks;
import io.holdfast.replicationagent.adapter.machine.MachineFolders;
import io.holdfast.replicationagent.adapter.machine.MachineSettings;
import io.holdfast.replicationagent.adapter.machine.NetworkProbes;
import io.holdfast.replicationagent.adapter.machine.QemuRunner;
import io.holdfast.replicationagent.machine.MachineRunner;
import io.holdfast.replicationagent.machine.MachineStore;
import io.holdfast.replicationagent.machine.MachineTools;
import io.holdfast.replicationagent.machine.Machines;
import java.time.InstantSource;

/** Puts together what runs machines on this host. Stateless. */
final class MachineHost {
    private MachineHost() {}

    static Machines open(MachineSettings settings, MachineFolders folders, MachineStore store) {
        LinuxNetworks networks = new LinuxNetworks(settings.bridges(), folders);
        return new Machines(
                new MachineTools(
                        runner(settings, folders),
                        networks,
                        store,
                        new NetworkProbes(networks),
                        InstantSource.system()),
                settings.memoryLimit());
    }

    private static MachineRunner runner(MachineSettings settings, MachineFolders folders) {
        return switch (settings.hypervisor()) {
            case Hypervisor.Qemu qemu -> new QemuRunner(qemu.program(), settings, folders);
            case Hypervisor.Libvirt libvirt -> new LibvirtRunner(libvirt, settings, folders);
        };
    }
}
