package io.holdfast.protectiongroup.membership;

import static io.holdfast.protectiongroup.group.Groups.AGENT;
import static io.holdfast.protectiongroup.group.Groups.DATA;
import static io.holdfast.protectiongroup.group.Groups.ROOT;
import static io.holdfast.protectiongroup.group.Groups.VM;
import static io.holdfast.protectiongroup.group.Groups.uuid;
import static io.holdfast.protectiongroup.group.Groups.vm;
import static io.holdfast.protectiongroup.group.Groups.volume;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.protectiongroup.membership.KnownVm.KnownVolume;
import io.holdfast.protectiongroup.membership.KnownVm.Obstacle;
import io.holdfast.protectiongroup.refusal.GroupError;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MembershipTest {
    private static final VolumeId NEW = new VolumeId(uuid(40));
    private static final Obstacle MISSING = new Obstacle("BACKING_MISSING", "The file is not there.");

    private final Membership members = Membership.of(List.of(vm()), Set.of());

    @Test
    void aNewGroupTakesEveryVolumeThatIsNotExcluded() {
        assertThat(included(members)).containsExactly(ROOT, DATA);
        assertThat(included(Membership.of(List.of(vm()), Set.of(DATA)))).containsExactly(ROOT);
    }

    @Test
    void aVmThatCannotBeProtectedWholeIsRefusedWithTheReason() {
        assertThat(codeOf(new KnownVm(VM, "db1", Optional.empty(), vm().volumes(), false)))
                .isEqualTo(GroupError.AGENT_UNKNOWN);
        assertThat(codeOf(vm(new KnownVolume[0]))).isEqualTo(GroupError.VM_HAS_NO_VOLUMES);
        assertThat(codeOf(vm(broken(ROOT)))).isEqualTo(GroupError.VOLUME_NOT_PROTECTABLE);

        var refusal =
                catchThrowableOfType(HoldfastException.class, () -> Membership.of(List.of(vm(broken(ROOT))), Set.of()));
        assertThat(refusal.details()).containsEntry("reasonCode", "BACKING_MISSING");
        assertThat(refusal).hasMessageContaining("The file is not there.");

        var nothing =
                catchThrowableOfType(HoldfastException.class, () -> Membership.of(List.of(vm()), Set.of(ROOT, DATA)));
        assertThat(nothing.code()).isEqualTo(GroupError.NOTHING_TO_PROTECT);
    }

    @Test
    void aVmThatIsCapturedAtAnIntervalNeedsAGroupOfItsOwn() {
        var polled = new KnownVm(VM, "db1", Optional.of(AGENT), vm().volumes(), true);
        var other = new KnownVm(new VmId(uuid(42)), "other", Optional.of(AGENT), List.of(volume(NEW, "x")), false);

        assertThat(included(Membership.of(List.of(polled), Set.of()))).containsExactly(ROOT, DATA);
        var refusal =
                catchThrowableOfType(HoldfastException.class, () -> Membership.of(List.of(other, polled), Set.of()));
        assertThat(refusal.code()).isEqualTo(GroupError.INTERVAL_VM_NOT_ALONE);
        assertThat(refusal.details()).containsEntry("vmId", VM.toString());
    }

    @Test
    void aVolumeThatCannotBeProtectedMayBeExcluded() {
        assertThat(included(Membership.of(List.of(vm(volume(ROOT, "root"), broken(DATA))), Set.of(DATA))))
                .containsExactly(ROOT);
    }

    @Test
    void aNewDiskIsIncludedByItselfUnlessItIsExcluded() {
        var grown = vm(volume(ROOT, "root"), volume(DATA, "data"), volume(NEW, "logs"));

        assertThat(included(members.describedAs(grown))).containsExactly(ROOT, DATA, NEW);
        assertThat(included(Membership.of(List.of(vm()), Set.of(NEW)).describedAs(grown)))
                .containsExactly(ROOT, DATA);
    }

    @Test
    void aNewDiskThatCannotBeProtectedWaitsAndIsIncludedWhenItCan() {
        var waiting = members.describedAs(vm(volume(ROOT, "root"), volume(DATA, "data"), broken(NEW)));
        assertThat(included(waiting)).containsExactly(ROOT, DATA);
        assertThat(waiting.vms().getFirst().volumes().getLast().obstacle()).contains(MISSING);

        var mended = waiting.describedAs(vm(volume(ROOT, "root"), volume(DATA, "data"), volume(NEW, "logs")));
        assertThat(included(mended)).containsExactly(ROOT, DATA, NEW);
        assertThat(mended.vms().getFirst().volumes().getLast().obstacle()).isEmpty();
    }

    @Test
    void noEventTakesProtectionAway() {
        var vanished = members.describedAs(vm(volume(ROOT, "root")));
        assertThat(included(vanished)).containsExactly(ROOT, DATA);
        assertThat(vanished.vms().getFirst().volumes().getLast().obstacle()).contains(MemberVm.GONE);

        var unprotectable = members.describedAs(vm(broken(ROOT), volume(DATA, "data")));
        assertThat(included(unprotectable)).containsExactly(ROOT, DATA);
        assertThat(unprotectable.vms().getFirst().volumes().getFirst().sizeBytes())
                .isEqualTo(1 << 20);

        assertThat(included(members.gone(VM))).containsExactly(ROOT, DATA);
        assertThat(members.gone(VM).describedAs(vm())).isEqualTo(members);
    }

    @Test
    void aPersonTakesAVanishedVolumeOutByExcludingItAndInAgainByNoLongerDoingSo() {
        var vanished = members.describedAs(vm(volume(ROOT, "root")));
        var without = vanished.excluding(Set.of(DATA), id -> Optional.of(vm(volume(ROOT, "root"))));
        assertThat(included(without)).containsExactly(ROOT);
        assertThat(without.vms().getFirst().volumes()).hasSize(1);

        assertThat(included(without.excluding(Set.of(), id -> Optional.of(vm()))))
                .containsExactly(ROOT, DATA);
    }

    @Test
    void sizeNameAndAgentFollowTheInventory() {
        var moved = new AgentId(uuid(41));
        var after = members.describedAs(new KnownVm(
                VM,
                "db1-renamed",
                Optional.of(moved),
                List.of(new KnownVolume(ROOT, "root", 2 << 20, Optional.empty()), volume(DATA, "data")),
                false));

        assertThat(after.includedByAgent()).containsOnlyKeys(moved);
        assertThat(after.vms().getFirst().name()).isEqualTo("db1-renamed");
        assertThat(after.vms().getFirst().volumes().getFirst().sizeBytes()).isEqualTo(2 << 20);
        assertThat(members.describedAs(new KnownVm(VM, "db1", Optional.empty(), vm().volumes(), false))
                        .includedByAgent())
                .containsOnlyKeys(AGENT);
    }

    @Test
    void aVmThatIsNoMemberChangesNothing() {
        var other = new KnownVm(new VmId(uuid(42)), "other", Optional.of(AGENT), List.of(volume(NEW, "x")), false);

        assertThat(members.describedAs(other)).isEqualTo(members);
        assertThat(members.gone(other.id())).isEqualTo(members);
    }

    private static KnownVolume broken(VolumeId id) {
        return new KnownVolume(id, "broken", 0, Optional.of(MISSING));
    }

    private static List<VolumeId> included(Membership membership) {
        return membership.vms().getFirst().includedVolumes().stream()
                .map(MemberVolume::id)
                .toList();
    }

    private static Object codeOf(KnownVm vm) {
        return catchThrowableOfType(HoldfastException.class, () -> Membership.of(List.of(vm), Set.of()))
                .code();
    }
}
