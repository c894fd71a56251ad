package io.holdfast.inventory.adapter.kafka;

import io.holdfast.inventory.Label;
import io.holdfast.inventory.host.HardwareUuid;
import io.holdfast.inventory.host.HostReport;
import io.holdfast.inventory.host.Hosting;
import io.holdfast.inventory.vm.CaptureMode;
import io.holdfast.inventory.vm.Verdict;
import io.holdfast.inventory.vm.Vm;
import io.holdfast.inventory.vm.Volume;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.InventoryReport;
import io.holdfast.proto.v1.VmReport;
import io.holdfast.proto.v1.VolumeReportEntry;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * Messages as our values and back. What breaks the contract is refused with {@code INVALID_ID} or {@code INVALID_REQUEST}
 * and the field's name; texts for people are cleaned, never refused.
 */
final class Wire {
    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

    private Wire() {}

    static Instant instant(String field, long micros) {
        Instant at = Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
        if (micros <= 0 || at.isAfter(LATEST)) {
            throw malformed(field, micros + " is no time in microseconds since 1970");
        }
        return at;
    }

    static long micros(Instant at) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, at);
    }

    static HostReport host(InventoryReport report) {
        return new HostReport(
                HostId.parse(report.getHostId()),
                Label.of(report.getHostName()),
                HardwareUuid.parse(report.getHardwareUuid()),
                notNegative("memory_bytes", report.getMemoryBytes()),
                (int) notNegative("cpu_count", report.getCpuCount()),
                Label.of(report.getSoftwareVersion()),
                Label.of(report.getNbdAddress()),
                report.hasHosting() ? MachineWire.hosting(report.getHosting()) : Hosting.NONE);
    }

    static List<Vm.Report> vms(InventoryReport report) {
        return report.getVmsList().stream().map(Wire::vm).toList();
    }

    private static Vm.Report vm(VmReport vm) {
        return new Vm.Report(
                VmId.parse(vm.getVmId()),
                Label.of(vm.getName()),
                Label.of(vm.getNativeId()),
                vm.getVolumesList().stream().map(Wire::volume).toList(),
                vm.hasMachine() ? Optional.of(MachineWire.spec(vm.getMachine())) : Optional.empty());
    }

    private static Volume volume(VolumeReportEntry entry) {
        return new Volume(
                VolumeId.parse(entry.getVolumeId()),
                Label.of(entry.getName()),
                Label.of(entry.getSerial()),
                notNegative("size_bytes", entry.getSizeBytes()),
                Label.ofLong(entry.getBacking()),
                Label.ofLong(entry.getNbdExport()),
                capture(entry.getCapture()),
                captureId(entry.getCaptureId()),
                verdict(entry));
    }

    private static Verdict verdict(VolumeReportEntry entry) {
        if (entry.getProtectable()) {
            return Verdict.PROTECTABLE;
        }
        String code = Label.of(entry.getReasonCode());
        return new Verdict.NotProtectable(code.isEmpty() ? "UNKNOWN" : code, Label.ofLong(entry.getReason()));
    }

    static VolumeReportEntry entry(Volume volume) {
        var entry = VolumeReportEntry.newBuilder()
                .setVolumeId(volume.id().toString())
                .setName(volume.name())
                .setSerial(volume.serial())
                .setSizeBytes(volume.sizeBytes())
                .setBacking(volume.backing())
                .setNbdExport(volume.nbdExport())
                .setCapture(capture(volume.capture()))
                .setCaptureId(volume.captureId());
        switch (volume.verdict()) {
            case Verdict.Protectable _ -> entry.setProtectable(true);
            case Verdict.NotProtectable not -> entry.setReasonCode(not.code()).setReason(not.reason());
        }
        return entry.build();
    }

    static io.holdfast.proto.v1.CaptureMode capture(CaptureMode mode) {
        return switch (mode) {
            case INLINE -> io.holdfast.proto.v1.CaptureMode.INLINE;
            case TAP -> io.holdfast.proto.v1.CaptureMode.TAP;
            case INTERVAL -> io.holdfast.proto.v1.CaptureMode.INTERVAL;
        };
    }

    private static CaptureMode capture(io.holdfast.proto.v1.CaptureMode mode) {
        return switch (mode) {
            // An agent of the first version says nothing of it, and knows nothing else.
            case CAPTURE_MODE_UNSPECIFIED, INLINE -> CaptureMode.INLINE;
            case TAP -> CaptureMode.TAP;
            case INTERVAL -> CaptureMode.INTERVAL;
            case UNRECOGNIZED -> throw malformed("capture", "it is of no known mode");
        };
    }

    private static String captureId(String id) {
        if (!Volume.isCaptureId(id)) {
            throw malformed("capture_id", "at most 64 of A-Z, a-z, 0-9 and - are allowed");
        }
        return id;
    }

    private static long notNegative(String field, long value) {
        if (value < 0) {
            throw malformed(field, Long.toUnsignedString(value) + " is more than 2^63-1");
        }
        return value;
    }

    private static HoldfastException malformed(String field, String why) {
        return new HoldfastException(CommonError.INVALID_REQUEST, field + ": " + why);
    }
}
