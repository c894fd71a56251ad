package io.holdfast.protectiongroup.adapter.kafka;

import io.holdfast.kernel.id.VmId;
import io.holdfast.platform.kafka.Received;
import io.holdfast.protectiongroup.adapter.persistence.GroupStore;
import io.holdfast.protectiongroup.adapter.persistence.KnownVms;
import io.holdfast.protectiongroup.adapter.runtime.GroupKeeper;
import io.holdfast.protectiongroup.adapter.wire.Heard;
import io.holdfast.protectiongroup.membership.KnownVm;
import io.holdfast.protectiongroup.membership.Membership;
import io.holdfast.proto.v1.InventoryEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Instant;
import java.util.function.UnaryOperator;

/** Keeps the VMs that can be protected, and follows the changes of those that are. */
@ApplicationScoped
public class InventoryEvents {
    private final KnownVms vms;
    private final GroupStore groups;
    private final GroupKeeper keeper;
    private final Clock clock;

    @Inject
    public InventoryEvents(KnownVms vms, GroupStore groups, GroupKeeper keeper, Clock clock) {
        this.vms = vms;
        this.groups = groups;
        this.keeper = keeper;
        this.clock = clock;
    }

    void take(Received<InventoryEvent> record) {
        if (record.message().isEmpty()) {
            VmId id = VmId.parse(record.key());
            if (vms.forget(id)) {
                changed(id, members -> members.gone(id));
            }
            return;
        }
        InventoryEvent event = record.message().get();
        switch (event.getEntityCase()) {
            case VM -> {
                KnownVm vm = Heard.vm(event.getVm());
                if (vms.describe(vm, event.getRevision())) {
                    changed(vm.id(), members -> members.describedAs(vm));
                }
            }
            case HOST, ENTITY_NOT_SET -> {}
        }
    }

    private void changed(VmId vm, UnaryOperator<Membership> change) {
        groups.claimedBy(vm).ifPresent(id -> {
            Instant now = clock.instant();
            var before = groups.lock(id);
            var after = before.group().with(change.apply(before.group().membership()));
            keeper.keep(before, after, keeper.dataPlane(id, now), now);
        });
    }
}
