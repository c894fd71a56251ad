package io.holdfast.protectiongroup.adapter.persistence;

import io.holdfast.kernel.id.VmId;
import io.holdfast.protectiongroup.membership.MemberVm;
import io.holdfast.protectiongroup.ownership.Ownership;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Ownership of VMs beyond the life of their groups: an epoch never goes down, and a new group begins with it. */
@ApplicationScoped
public class VmOwnerships implements PanacheRepositoryBase<VmOwnershipRow, UUID> {

    public Ownership of(VmId vm) {
        return Optional.ofNullable(findById(vm.value()))
                .map(row -> OwnershipForm.read(StoredJson.read("ownership", OwnershipForm.class, row.ownership)))
                .orElse(Ownership.ORIGINAL);
    }

    /** Writes what has moved. The caller holds the lock of the group that claims the VMs. */
    public void keep(List<MemberVm> members) {
        for (MemberVm vm : members) {
            if (vm.ownership().equals(Ownership.ORIGINAL)) {
                continue;
            }
            VmOwnershipRow row = findById(vm.id().value());
            boolean created = row == null;
            if (created) {
                row = new VmOwnershipRow();
                row.vmId = vm.id().value();
            }
            if (created || row.epoch < vm.ownership().epoch()) {
                row.epoch = vm.ownership().epoch();
                row.ownership = StoredJson.write(OwnershipForm.of(vm.ownership()));
                persist(row);
            }
        }
    }
}
