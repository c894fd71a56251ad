package io.holdfast.protectiongroup.adapter.persistence;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.protectiongroup.membership.KnownVm;
import io.holdfast.protectiongroup.membership.KnownVm.Obstacle;
import io.holdfast.protectiongroup.membership.MemberVm;
import io.holdfast.protectiongroup.membership.MemberVolume;
import io.holdfast.protectiongroup.membership.Membership;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Members of a group, and VMs as the inventory describes them, as they are stored. */
record MembershipForm(List<VmForm> vms, List<String> excluded) {

    /**
     * @param polled only of the inventory's description; false in what older versions stored
     * @param ownership only of a member; null = it never moved
     */
    record VmForm(
            String id, String name, String agent, List<VolumeForm> volumes, boolean polled, OwnershipForm ownership) {}

    record VolumeForm(
            String id, String name, long sizeBytes, String standing, String obstacleCode, String obstacleMessage) {}

    static String write(Membership membership) {
        return StoredJson.write(new MembershipForm(
                membership.vms().stream().map(MembershipForm::form).toList(),
                membership.excluded().stream().map(VolumeId::toString).sorted().toList()));
    }

    static Membership read(String text) {
        MembershipForm form = StoredJson.read("membership", MembershipForm.class, text);
        return new Membership(
                form.vms().stream().map(MembershipForm::member).toList(),
                form.excluded().stream().map(VolumeId::parse).collect(Collectors.toSet()));
    }

    static String write(KnownVm vm) {
        return StoredJson.write(new VmForm(
                vm.id().toString(),
                vm.name(),
                vm.agent().map(AgentId::toString).orElse(null),
                vm.volumes().stream()
                        .map(volume -> new VolumeForm(
                                volume.id().toString(),
                                volume.name(),
                                volume.sizeBytes(),
                                null,
                                volume.obstacle().map(Obstacle::code).orElse(null),
                                volume.obstacle().map(Obstacle::message).orElse(null)))
                        .toList(),
                vm.polled(),
                null));
    }

    static KnownVm readKnown(String text) {
        VmForm form = StoredJson.read("description", VmForm.class, text);
        return new KnownVm(
                VmId.parse(form.id()),
                form.name(),
                Optional.ofNullable(form.agent()).map(AgentId::parse),
                form.volumes().stream()
                        .map(volume -> new KnownVm.KnownVolume(
                                VolumeId.parse(volume.id()), volume.name(), volume.sizeBytes(), obstacle(volume)))
                        .toList(),
                form.polled());
    }

    private static VmForm form(MemberVm vm) {
        return new VmForm(
                vm.id().toString(),
                vm.name(),
                vm.agent().toString(),
                vm.volumes().stream()
                        .map(volume -> new VolumeForm(
                                volume.id().toString(),
                                volume.name(),
                                volume.sizeBytes(),
                                volume.standing().name(),
                                volume.obstacle().map(Obstacle::code).orElse(null),
                                volume.obstacle().map(Obstacle::message).orElse(null)))
                        .toList(),
                false,
                OwnershipForm.of(vm.ownership()));
    }

    private static MemberVm member(VmForm form) {
        return new MemberVm(
                VmId.parse(form.id()),
                form.name(),
                AgentId.parse(form.agent()),
                form.volumes().stream()
                        .map(volume -> new MemberVolume(
                                VolumeId.parse(volume.id()),
                                volume.name(),
                                volume.sizeBytes(),
                                MemberVolume.Standing.valueOf(volume.standing()),
                                obstacle(volume)))
                        .toList(),
                OwnershipForm.read(form.ownership()));
    }

    private static Optional<Obstacle> obstacle(VolumeForm volume) {
        return Optional.ofNullable(volume.obstacleCode()).map(code -> new Obstacle(code, volume.obstacleMessage()));
    }
}
