package io.holdfast.replicationagent.adapter.grpc;

import io.holdfast.proto.v1.AgentFrame;
import io.holdfast.proto.v1.CaptureMode;
import io.holdfast.proto.v1.InventoryReport;
import io.holdfast.proto.v1.VmReport;
import io.holdfast.proto.v1.VolumeReportEntry;
import io.holdfast.replicationagent.capture.TapCapture;
import io.holdfast.replicationagent.hosting.AgentIdentity;
import io.holdfast.replicationagent.hosting.Capture;
import io.holdfast.replicationagent.hosting.Exports;
import io.holdfast.replicationagent.hosting.Exports.HostedVm;
import io.holdfast.replicationagent.hosting.HostFacts;
import io.holdfast.replicationagent.hosting.HostedVolume;
import io.holdfast.replicationagent.machine.HostCapacity;
import java.util.List;

/** What the agent reports of its host. Stateless. */
final class InventoryFrame {
    private InventoryFrame() {}

    static AgentFrame of(
            AgentIdentity identity, HostFacts host, String nbdAddress, List<HostedVm> machines, HostCapacity capacity) {
        InventoryReport.Builder report = InventoryReport.newBuilder()
                .setHostId(identity.host().toString())
                .setHostName(identity.hostName())
                .setHardwareUuid(host.hardwareUuid())
                .setMemoryBytes(host.memoryBytes())
                .setCpuCount(host.cpuCount())
                .setSoftwareVersion(identity.softwareVersion())
                .setNbdAddress(nbdAddress);
        for (HostedVm vm : machines) {
            VmReport.Builder machine = VmReport.newBuilder()
                    .setVmId(vm.attachment().id().toString())
                    .setName(vm.attachment().name());
            vm.volumes().forEach(volume -> machine.addVolumes(entry(vm, volume)));
            vm.attachment().machine().map(MachineFrames::wire).ifPresent(machine::setMachine);
            report.addVms(machine);
        }
        MachineFrames.hosting(capacity).ifPresent(report::setHosting);
        return AgentFrame.newBuilder().setInventory(report).build();
    }

    private static VolumeReportEntry entry(HostedVm vm, HostedVolume volume) {
        VolumeReportEntry.Builder entry = VolumeReportEntry.newBuilder()
                .setVolumeId(volume.attachment().id().toString())
                .setName(volume.attachment().name())
                .setSerial(volume.attachment().serial())
                .setBacking(volume.attachment().backing())
                .setCapture(
                        switch (vm.attachment().capture()) {
                            case Capture.Inline _ -> CaptureMode.INLINE;
                            case Capture.Tap _ -> CaptureMode.TAP;
                            case Capture.Interval _ -> CaptureMode.INTERVAL;
                        });
        switch (volume) {
            case HostedVolume.Served served ->
                entry.setSizeBytes(served.volume().size())
                        .setNbdExport(Exports.nameOf(vm, volume))
                        .setProtectable(true);
            case HostedVolume.Captured captured ->
                entry.setSizeBytes(captured.volume().size())
                        .setProtectable(true)
                        .setCaptureId(
                                captured.volume().capture().map(TapCapture::id).orElse(""));
            case HostedVolume.Unavailable unavailable ->
                entry.setReasonCode(unavailable.cause().code().name())
                        .setReason(unavailable.cause().getMessage());
        }
        return entry.build();
    }
}
