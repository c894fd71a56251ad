package io.holdfast.inventory.adapter.persistence;

import io.holdfast.inventory.vm.Vm;
import io.holdfast.inventory.vm.Vms;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

@ApplicationScoped
class VmStore implements Vms, PanacheRepositoryBase<VmEntity, UUID> {
    @Override
    public Optional<Vm> find(VmId id) {
        return findByIdOptional(id.value()).map(VmEntity::toDomain);
    }

    @Override
    public Optional<Vm> findByCommand(CommandId command) {
        return find("commandId", command.value()).firstResultOptional().map(VmEntity::toDomain);
    }

    @Override
    public List<Vm> onHost(HostId host) {
        return find("hostId = ?1 order by id", host.value()).list().stream()
                .map(VmEntity::toDomain)
                .toList();
    }

    @Override
    public List<Vm> overdue(Instant before, int limit) {
        return find("expiresAt < ?1 order by expiresAt", before).page(0, limit).list().stream()
                .map(VmEntity::toDomain)
                .toList();
    }

    @Override
    public List<Vm> list(Optional<HostId> onHost, Optional<VmId> after, int limit) {
        String condition = onHost.isPresent() ? "hostId = ?1" : "";
        List<Object> parameters =
                onHost.<List<Object>>map(host -> List.of(host.value())).orElse(List.of());
        return Keyset.page(this, condition, parameters, after.map(VmId::value), limit).stream()
                .map(VmEntity::toDomain)
                .toList();
    }

    @Override
    public List<Owned> listVolumes(Optional<VolumeId> after, int limit) {
        var query = after.isPresent()
                ? getEntityManager()
                        .createQuery(
                                "select v from Volume v join fetch v.vm where v.id > :after order by v.id",
                                VolumeEntity.class)
                        .setParameter("after", after.get().value())
                : getEntityManager()
                        .createQuery("select v from Volume v join fetch v.vm order by v.id", VolumeEntity.class);
        return query.setMaxResults(limit).getResultStream().map(VmStore::owned).toList();
    }

    @Override
    public Optional<Owned> findVolume(VolumeId id) {
        return Optional.ofNullable(getEntityManager().find(VolumeEntity.class, id.value()))
                .map(VmStore::owned);
    }

    private static Owned owned(VolumeEntity entity) {
        return new Owned(new VmId(entity.vm.id), new HostId(entity.vm.hostId), entity.toDomain());
    }

    @Override
    public Map<VolumeId, VmId> owners(Collection<VolumeId> volumes) {
        var owners = new HashMap<VolumeId, VmId>();
        if (!volumes.isEmpty()) {
            getEntityManager()
                    .createQuery("select v from Volume v join fetch v.vm where v.id in :ids", VolumeEntity.class)
                    .setParameter("ids", volumes.stream().map(VolumeId::value).toList())
                    .getResultStream()
                    .forEach(entity -> owners.put(new VolumeId(entity.id), new VmId(entity.vm.id)));
        }
        return owners;
    }

    @Override
    public Optional<String> backingInUse(HostId host, Collection<String> backings) {
        return getEntityManager()
                .createQuery(
                        "select v.backing from Volume v where v.vm.hostId = :host and v.vm.state <> :rejected"
                                + " and v.backing in :backings",
                        String.class)
                .setParameter("host", host.value())
                .setParameter("rejected", VmEntity.State.REJECTED)
                .setParameter("backings", backings)
                .setMaxResults(1)
                .getResultStream()
                .findFirst();
    }

    @Override
    public long howMany() {
        return count();
    }

    @Override
    public void save(Vm vm) {
        Keyset.findOrPersist(this, vm.id().value(), VmEntity::new, entity -> entity.take(vm));
    }

    @Override
    public void delete(VmId id) {
        VmEntity entity = findById(id.value());
        if (entity != null) {
            delete(entity);
        }
    }
}
