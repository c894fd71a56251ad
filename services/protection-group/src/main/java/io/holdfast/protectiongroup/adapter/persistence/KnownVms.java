package io.holdfast.protectiongroup.adapter.persistence;

import io.holdfast.kernel.id.VmId;
import io.holdfast.protectiongroup.membership.KnownVm;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import java.util.Optional;
import java.util.UUID;

/** The inventory's VMs as far as this service has read of them. */
@ApplicationScoped
public class KnownVms implements PanacheRepositoryBase<KnownVmRow, UUID> {

    /** Empty when the inventory does not have the VM (any more, or here not yet). */
    public Optional<KnownVm> find(VmId id) {
        return Optional.ofNullable(findById(id.value()))
                .filter(row -> !row.gone)
                .map(row -> MembershipForm.readKnown(row.description));
    }

    /**
     * As {@link #find}, and the description does not change until this transaction ends: a group that is being created misses no
     * change of its VMs.
     */
    public Optional<KnownVm> hold(VmId id) {
        return Optional.ofNullable(findById(id.value(), LockModeType.PESSIMISTIC_READ))
                .filter(row -> !row.gone)
                .map(row -> MembershipForm.readKnown(row.description));
    }

    /** @return false when an equal or newer revision is known, and nothing was changed */
    public boolean describe(KnownVm vm, long revision) {
        KnownVmRow row = findById(vm.id().value());
        if (row != null && !row.gone && row.revision >= revision) {
            return false;
        }
        if (row == null) {
            row = new KnownVmRow();
            row.vmId = vm.id().value();
        }
        row.revision = revision;
        row.gone = false;
        row.description = MembershipForm.write(vm);
        persistAndFlush(row);
        return true;
    }

    /** @return false when the VM was not known, or known to be gone */
    public boolean forget(VmId id) {
        KnownVmRow row = findById(id.value());
        if (row == null || row.gone) {
            return false;
        }
        row.gone = true;
        return true;
    }
}
