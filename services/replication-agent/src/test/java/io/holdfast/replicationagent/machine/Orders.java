package io.holdfast.replicationagent.machine;

import io.holdfast.kernel.id.RunId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.machine.MachineSpec.Bus;
import io.holdfast.replicationagent.machine.MachineSpec.Disk;
import io.holdfast.replicationagent.machine.MachineSpec.Firmware;
import io.holdfast.replicationagent.machine.MachineSpec.Nic;
import io.holdfast.replicationagent.machine.MachineSpec.NicModel;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Orders for tests, each one whole. */
public final class Orders {
    private Orders() {}

    public static MachineSpec spec(VolumeId volume, long memoryMiB) {
        return new MachineSpec(
                2,
                memoryMiB << 20,
                Firmware.BIOS,
                "",
                List.of(new Disk(volume, Bus.VIRTIO, "serial-1")),
                List.of(
                        new Nic("eth0", "52:54:00:00:00:01", NicModel.VIRTIO, "production"),
                        new Nic("eth1", "52:54:00:00:00:02", NicModel.E1000, "storage")),
                Optional.empty());
    }

    /** One disk of that server, {@code eth0} in the isolated network {@code lan}, {@code eth1} without a link. */
    public static MachineOrder order(RunId run, long memoryMiB, NbdAddress disk, ReadinessProbe... probes) {
        VolumeId volume = VolumeId.random();
        return new MachineOrder(
                new MachineId(UUID.randomUUID().toString()),
                VmId.random(),
                "web",
                run,
                spec(volume, memoryMiB),
                Map.of(volume, disk),
                Map.of("eth0", new NetworkLink.IsolatedNetwork("lan")),
                List.of(probes),
                0);
    }

    public static MachineOrder order(ReadinessProbe... probes) {
        return order(RunId.random(), 64, new NbdAddress("127.0.0.1", 10_809, "disk"), probes);
    }

    public static MachineOrder expiring(MachineOrder order, long atMicros) {
        return new MachineOrder(
                order.id(),
                order.vm(),
                order.name(),
                order.run(),
                order.spec(),
                order.volumes(),
                order.links(),
                order.probes(),
                atMicros);
    }
}
