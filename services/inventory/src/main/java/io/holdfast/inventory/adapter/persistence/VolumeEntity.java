package io.holdfast.inventory.adapter.persistence;

import io.holdfast.inventory.vm.CaptureMode;
import io.holdfast.inventory.vm.Verdict;
import io.holdfast.inventory.vm.Volume;
import io.holdfast.kernel.id.VolumeId;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.Table;
import java.util.UUID;

@Entity(name = "Volume")
@Table(name = "volume")
class VolumeEntity {
    @Id
    UUID id;

    @ManyToOne(fetch = FetchType.LAZY, optional = false)
    @JoinColumn(name = "vm_id")
    VmEntity vm;

    int position;
    String name;
    String serial;

    @Column(name = "size_bytes")
    long sizeBytes;

    String backing;

    @Column(name = "nbd_export")
    String nbdExport;

    @Enumerated(EnumType.STRING)
    CaptureMode capture;

    @Column(name = "capture_id")
    String captureId;

    @Column(name = "reason_code")
    String reasonCode;

    String reason;

    Volume toDomain() {
        Verdict verdict = reasonCode == null ? Verdict.PROTECTABLE : new Verdict.NotProtectable(reasonCode, reason);
        return new Volume(new VolumeId(id), name, serial, sizeBytes, backing, nbdExport, capture, captureId, verdict);
    }

    void take(Volume volume) {
        id = volume.id().value();
        name = volume.name();
        serial = volume.serial();
        sizeBytes = volume.sizeBytes();
        backing = volume.backing();
        nbdExport = volume.nbdExport();
        capture = volume.capture();
        captureId = volume.captureId();
        switch (volume.verdict()) {
            case Verdict.Protectable _ -> {
                reasonCode = null;
                reason = null;
            }
            case Verdict.NotProtectable not -> {
                reasonCode = not.code();
                reason = not.reason();
            }
        }
    }
}
