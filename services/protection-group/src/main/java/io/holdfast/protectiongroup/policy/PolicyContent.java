package io.holdfast.protectiongroup.policy;

import io.holdfast.protectiongroup.group.ProtectionGroup;
import io.holdfast.protectiongroup.lifecycle.Lifecycle;
import io.holdfast.protectiongroup.membership.MemberVm;
import io.holdfast.protectiongroup.membership.MemberVolume;
import io.holdfast.protectiongroup.objective.Objectives;
import java.util.List;
import java.util.Optional;

/**
 * All that the data plane has to know of a group, without its revision: a new revision is published exactly when two
 * contents differ.
 *
 * @param vms with included volumes only
 */
public record PolicyContent(String name, State state, int partition, List<MemberVm> vms, Objectives objectives) {
    public PolicyContent {
        vms = List.copyOf(vms);
    }

    public enum State {
        REPLICATE,
        PAUSED,
        REMOVED
    }

    /** Empty when the data plane has never heard of the group: it was not started. */
    public static Optional<PolicyContent> of(ProtectionGroup group) {
        if (group.partition().isEmpty()) {
            return Optional.empty();
        }
        State state =
                switch (group.lifecycle()) {
                    case Lifecycle.Draft impossible ->
                        throw new IllegalStateException("a draft has no partition: " + group.id());
                    case Lifecycle.InitialSync syncing -> State.REPLICATE;
                    case Lifecycle.Protected covered -> State.REPLICATE;
                    case Lifecycle.Resync syncing -> State.REPLICATE;
                    case Lifecycle.Paused paused -> State.PAUSED;
                    case Lifecycle.FailingOver failing -> failing.replicating() ? State.REPLICATE : State.PAUSED;
                    case Lifecycle.FailedOver failed -> State.PAUSED;
                    case Lifecycle.Removed removed -> State.REMOVED;
                };
        var vms = group.membership().vms().stream().map(PolicyContent::included).toList();
        return Optional.of(
                new PolicyContent(group.name(), state, group.partition().getAsInt(), vms, group.objectives()));
    }

    /** Obstacles are the control plane's business: they must not make a new revision. */
    private static MemberVm included(MemberVm vm) {
        return new MemberVm(
                vm.id(),
                vm.name(),
                vm.agent(),
                vm.includedVolumes().stream()
                        .map(volume -> new MemberVolume(
                                volume.id(), volume.name(), volume.sizeBytes(), volume.standing(), Optional.empty()))
                        .toList(),
                vm.ownership());
    }
}
