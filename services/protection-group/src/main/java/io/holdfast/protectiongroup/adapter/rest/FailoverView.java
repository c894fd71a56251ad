package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.protectiongroup.group.ProtectionGroup;
import io.holdfast.protectiongroup.lifecycle.Lifecycle;
import io.holdfast.protectiongroup.membership.MemberVm;
import io.holdfast.protectiongroup.ownership.Ownership;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * Who owns the VMs of a group (docs/ownership.md).
 *
 * @param runId the run that holds them; absent when their source does
 */
@Schema(name = "FailoverState")
public record FailoverView(String pgId, String state, String runId, List<OwnedVm> vms) {

    /**
     * @param epoch grows with every change of the owner; 0 = it never moved
     * @param recovered true: its source neither starts nor serves it
     * @param owner absent = its source
     */
    @Schema(name = "OwnedVm")
    public record OwnedVm(String vmId, String agentId, long epoch, boolean recovered, String owner, Instant since) {

        static OwnedVm of(MemberVm vm) {
            Ownership ownership = vm.ownership();
            return new OwnedVm(
                    vm.id().toString(),
                    vm.agent().toString(),
                    ownership.epoch(),
                    ownership.holder().isPresent(),
                    ownership.holder().map(Ownership.Holder::owner).orElse(null),
                    ownership.epoch() == 0 ? null : ownership.since());
        }
    }

    static FailoverView of(ProtectionGroup group) {
        String run =
                switch (group.lifecycle()) {
                    case Lifecycle.FailingOver failing -> failing.run().toString();
                    case Lifecycle.FailedOver failed -> failed.run().toString();
                    default -> null;
                };
        return new FailoverView(
                group.id().toString(),
                group.lifecycle().code(),
                run,
                group.membership().vms().stream().map(OwnedVm::of).toList());
    }
}
