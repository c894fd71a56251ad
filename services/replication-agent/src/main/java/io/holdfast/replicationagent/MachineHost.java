package io.holdfast.replicationagent;

import io.holdfast.replicationagent.adapter.kubevirt.KubeVirtRunner;
import io.holdfast.replicationagent.adapter.libvirt.LibvirtRunner;
import io.holdfast.replicationagent.adapter.machine.Hypervisor;
import io.holdfast.replicationagent.adapter.machine.LinuxNetworks;
import io.holdfast.replicationagent.adapter.machine.MachineFolders;
import io.holdfast.replicationagent.adapter.machine.MachineSettings;
import io.holdfast.replicationagent.adapter.machine.NetworkProbes;
import io.holdfast.replicationagent.adapter.machine.QemuRunner;
import io.holdfast.replicationagent.machine.MachineNetworks;
import io.holdfast.replicationagent.machine.MachineRunner;
import io.holdfast.replicationagent.machine.MachineStore;
import io.holdfast.replicationagent.machine.MachineTools;
import io.holdfast.replicationagent.machine.Machines;
import java.time.InstantSource;

/** Puts together what runs machines on this host. Stateless. */
final class MachineHost {
    private MachineHost() {}

    static Machines open(MachineSettings settings, MachineFolders folders, MachineStore store) {
        LinuxNetworks linux = new LinuxNetworks(settings.bridges(), folders);
        return switch (settings.hypervisor()) {
            case Hypervisor.Qemu qemu ->
                machines(new QemuRunner(qemu.program(), settings, folders), linux, linux, settings, store);
            case Hypervisor.Libvirt libvirt ->
                machines(new LibvirtRunner(libvirt, settings, folders), linux, linux, settings, store);
            case Hypervisor.KubeVirt cluster -> {
                KubeVirtRunner runner = new KubeVirtRunner(cluster, settings, folders);
                yield machines(runner, runner.networks(), linux, settings, store);
            }
        };
    }

    private static Machines machines(
            MachineRunner runner,
            MachineNetworks networks,
            LinuxNetworks probed,
            MachineSettings settings,
            MachineStore store) {
        return new Machines(
                new MachineTools(runner, networks, store, new NetworkProbes(probed), InstantSource.system()),
                settings.memoryLimit());
    }
}
