package io.holdfast.protectiongroup.membership;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.protectiongroup.ownership.Ownership;
import io.holdfast.protectiongroup.refusal.GroupError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The VMs of a group in the order in which they were named, and the volumes that its owner does not want. */
public record Membership(List<MemberVm> vms, Set<VolumeId> excluded) {
    public Membership {
        vms = List.copyOf(vms);
        excluded = Set.copyOf(excluded);
    }

    /**
     * Members of a new group. All or nothing: a group that silently lacks a disk would recover a broken machine.
     *
     * @throws HoldfastException {@code AGENT_UNKNOWN}, {@code VM_HAS_NO_VOLUMES}, {@code VOLUME_NOT_PROTECTABLE},
     *     {@code NOTHING_TO_PROTECT} or {@code INTERVAL_VM_NOT_ALONE}, naming the VM and the volume
     */
    public static Membership of(List<KnownVm> known, Set<VolumeId> excluded) {
        requireOneInstant(known);
        List<MemberVm> vms = new ArrayList<>();
        for (KnownVm vm : known) {
            AgentId agent = vm.agent()
                    .orElseThrow(() -> refused(
                            GroupError.AGENT_UNKNOWN,
                            "No agent is known that captures the writes of VM '%s' (%s); start the agent on its host first."
                                    .formatted(vm.name(), vm.id()),
                            vm.id()));
            if (vm.volumes().isEmpty()) {
                throw refused(
                        GroupError.VM_HAS_NO_VOLUMES,
                        "VM '%s' (%s) has no volumes to protect.".formatted(vm.name(), vm.id()),
                        vm.id());
            }
            for (var volume : vm.volumes()) {
                if (volume.obstacle().isPresent() && !excluded.contains(volume.id())) {
                    var obstacle = volume.obstacle().get();
                    throw new HoldfastException(
                            GroupError.VOLUME_NOT_PROTECTABLE,
                            "Volume '%s' of VM '%s' cannot be protected (%s): %s Mend this or exclude the volume."
                                    .formatted(volume.name(), vm.name(), obstacle.code(), obstacle.message()),
                            Map.of(
                                    "vmId", vm.id().toString(),
                                    "volumeId", volume.id().toString(),
                                    "reasonCode", obstacle.code()));
                }
            }
            var member =
                    new MemberVm(vm.id(), vm.name(), agent, List.of(), Ownership.ORIGINAL).describedAs(vm, excluded);
            requireSomething(member);
            vms.add(member);
        }
        return new Membership(vms, excluded);
    }

    /** The inventory described a VM anew; a VM that is no member changes nothing. */
    public Membership describedAs(KnownVm known) {
        return map(vm -> vm.id().equals(known.id()) ? vm.describedAs(known, excluded) : vm);
    }

    /** The inventory has forgotten a VM. Its volumes stay, shown as gone. */
    public Membership gone(VmId id) {
        return map(vm -> vm.id().equals(id) ? vm.gone() : vm);
    }

    /**
     * Other exclusions. A volume that is not excluded any more is taken from the inventory's last description.
     *
     * @throws HoldfastException {@code NOTHING_TO_PROTECT} when a VM would have no volume left
     */
    public Membership excluding(Set<VolumeId> next, Function<VmId, Optional<KnownVm>> inventory) {
        List<MemberVm> changed = new ArrayList<>();
        for (MemberVm vm : vms) {
            MemberVm after = inventory
                    .apply(vm.id())
                    .map(known -> vm.describedAs(known, next))
                    .orElseGet(() -> new MemberVm(
                                    vm.id(),
                                    vm.name(),
                                    vm.agent(),
                                    vm.volumes().stream()
                                            .filter(volume -> !next.contains(volume.id()))
                                            .toList(),
                                    vm.ownership())
                            .gone());
            requireSomething(after);
            changed.add(after);
        }
        return new Membership(changed, next);
    }

    /** The policy's volumes by agent, in order. */
    public Map<AgentId, Set<VolumeId>> includedByAgent() {
        Map<AgentId, Set<VolumeId>> byAgent = new LinkedHashMap<>();
        for (MemberVm vm : vms) {
            for (MemberVolume volume : vm.includedVolumes()) {
                byAgent.computeIfAbsent(vm.agent(), any -> new LinkedHashSet<>())
                        .add(volume.id());
            }
        }
        return byAgent;
    }

    public boolean contains(VmId id) {
        return vms.stream().anyMatch(vm -> vm.id().equals(id));
    }

    /** The same members, each owned as the function says. */
    public Membership owned(Function<MemberVm, Ownership> ownership) {
        return map(vm -> vm.owned(ownership.apply(vm)));
    }

    private Membership map(Function<MemberVm, MemberVm> change) {
        return new Membership(vms.stream().map(change).toList(), excluded);
    }

    /** Disks as of different instants are together no state that ever was, so such a group would never get a checkpoint. */
    private static void requireOneInstant(List<KnownVm> known) {
        if (known.size() < 2) {
            return;
        }
        known.stream().filter(KnownVm::polled).findFirst().ifPresent(vm -> {
            throw refused(
                    GroupError.INTERVAL_VM_NOT_ALONE,
                    "VM '%s' (%s) is captured at an interval; give it a group of its own, or capture it inline or by tap."
                            .formatted(vm.name(), vm.id()),
                    vm.id());
        });
    }

    private static void requireSomething(MemberVm vm) {
        if (vm.includedVolumes().isEmpty()) {
            throw refused(
                    GroupError.NOTHING_TO_PROTECT,
                    "VM '%s' (%s) has no volume left to protect; leave one included or leave the VM out."
                            .formatted(vm.name(), vm.id()),
                    vm.id());
        }
    }

    private static HoldfastException refused(GroupError code, String message, VmId vm) {
        return new HoldfastException(code, message, Map.of("vmId", vm.toString()));
    }
}
