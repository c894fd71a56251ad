package io.holdfast.inventory.adapter.persistence;

import io.holdfast.inventory.vm.Attachment;
import io.holdfast.inventory.vm.Vm;
import io.holdfast.inventory.vm.Volume;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.VmId;
import jakarta.persistence.CascadeType;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OrderBy;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.annotations.BatchSize;

@Entity(name = "Vm")
@Table(name = "vm")
class VmEntity {
    enum State {
        REQUESTED,
        ATTACHED,
        REJECTED,
        MISSING,
        DETACHING
    }

    @Id
    UUID id;

    String name;

    @Column(name = "native_id")
    String nativeId;

    @Column(name = "host_id")
    UUID hostId;

    @Enumerated(EnumType.STRING)
    State state;

    Instant since;

    @Column(name = "command_id")
    UUID commandId;

    @Column(name = "expires_at")
    Instant expiresAt;

    @Column(name = "reason_code")
    String reasonCode;

    String reason;
    String machine;
    long revision;

    @Version
    int version;

    @OneToMany(mappedBy = "vm", cascade = CascadeType.ALL, orphanRemoval = true)
    @OrderBy("position")
    @BatchSize(size = 100)
    List<VolumeEntity> volumes = new ArrayList<>();

    Vm toDomain() {
        return new Vm(
                new VmId(id),
                name,
                nativeId,
                new HostId(hostId),
                attachment(),
                volumes.stream().map(VolumeEntity::toDomain).toList(),
                Optional.ofNullable(machine).map(StoredJson::machine),
                revision);
    }

    private Attachment attachment() {
        return switch (state) {
            case REQUESTED -> new Attachment.Requested(new CommandId(commandId), since, expiresAt);
            case ATTACHED -> new Attachment.Attached(since, failure());
            case REJECTED -> new Attachment.Rejected(since, failure().orElseThrow());
            case MISSING -> new Attachment.Missing(since);
            case DETACHING -> new Attachment.Detaching(new CommandId(commandId), since, expiresAt);
        };
    }

    private Optional<Attachment.Failure> failure() {
        return Optional.ofNullable(reasonCode).map(code -> new Attachment.Failure(code, reason));
    }

    void take(Vm vm) {
        id = vm.id().value();
        name = vm.name();
        nativeId = vm.nativeId();
        hostId = vm.host().value();
        machine = vm.machine().map(StoredJson::write).orElse(null);
        revision = vm.revision();
        since = vm.attachment().since();
        switch (vm.attachment()) {
            case Attachment.Requested requested ->
                take(State.REQUESTED, requested.command(), requested.expiresAt(), Optional.empty());
            case Attachment.Attached attached -> take(State.ATTACHED, null, null, attached.lastFailure());
            case Attachment.Rejected rejected -> take(State.REJECTED, null, null, Optional.of(rejected.failure()));
            case Attachment.Missing _ -> take(State.MISSING, null, null, Optional.empty());
            case Attachment.Detaching detaching ->
                take(State.DETACHING, detaching.command(), detaching.expiresAt(), Optional.empty());
        }
        takeVolumes(vm.volumes());
    }

    private void take(State now, CommandId command, Instant dueBy, Optional<Attachment.Failure> failure) {
        state = now;
        commandId = command == null ? null : command.value();
        expiresAt = dueBy;
        reasonCode = failure.map(Attachment.Failure::code).orElse(null);
        reason = failure.map(Attachment.Failure::reason).orElse(null);
    }

    /** In place, so that a volume that stays keeps its row. */
    private void takeVolumes(List<Volume> now) {
        Map<UUID, VolumeEntity> known = new HashMap<>();
        volumes.forEach(entity -> known.put(entity.id, entity));
        volumes.removeIf(
                entity -> now.stream().noneMatch(volume -> volume.id().value().equals(entity.id)));
        int position = 0;
        for (Volume volume : now) {
            VolumeEntity entity = known.get(volume.id().value());
            if (entity == null) {
                entity = new VolumeEntity();
                entity.vm = this;
                volumes.add(entity);
            }
            entity.take(volume);
            entity.position = position++;
        }
    }
}
