package io.holdfast.replicationrouter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.kernel.rate.TransferRules;
import io.holdfast.replicationrouter.policy.GroupPolicy.CodecLimit;
import io.holdfast.replicationrouter.policy.GroupPolicy.Mode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PolicyTableTest {
    private final PgId pg = PgId.random();
    private final AgentId agent = AgentId.random();
    private final AgentId other = AgentId.random();
    private final PolicyTable table = new PolicyTable();

    @Test
    void revisionsOnlyGrow() {
        assertThat(table.put(policy(2, Mode.REPLICATE, agent))).isPresent();
        assertThat(table.put(policy(2, Mode.PAUSED, agent))).isEmpty();
        assertThat(table.put(policy(1, Mode.REMOVED, agent))).isEmpty();
        assertThat(table.of(pg))
                .hasValueSatisfying(now -> assertThat(now.mode()).isEqualTo(Mode.REPLICATE));
    }

    @Test
    void readingTheTopicTwiceChangesNothing() {
        table.put(policy(1, Mode.REPLICATE, agent));
        table.put(policy(2, Mode.PAUSED, agent));
        assertThat(table.put(policy(1, Mode.REPLICATE, agent))).isEmpty();
        assertThat(table.put(policy(2, Mode.PAUSED, agent))).isEmpty();
    }

    @Test
    void pausedGroupsStayAssignedAndRemovedOnesDoNot() {
        table.put(policy(1, Mode.PAUSED, agent));
        assertThat(table.assignedTo(agent)).hasSize(1);
        assertThat(table.assignedTo(other)).isEmpty();
        table.put(policy(2, Mode.REMOVED, agent));
        assertThat(table.assignedTo(agent)).isEmpty();
    }

    @Test
    void aMoveConcernsTheOldAgentAndTheNewOne() {
        table.put(policy(1, Mode.REPLICATE, agent));
        assertThat(table.put(policy(2, Mode.REPLICATE, other)))
                .hasValueSatisfying(change -> assertThat(change.agents()).containsExactlyInAnyOrder(agent, other));
    }

    @Test
    void aTombstoneForgetsTheGroupAndItsRevision() {
        table.put(policy(9, Mode.REPLICATE, agent));
        assertThat(table.remove(pg)).isPresent();
        assertThat(table.remove(pg)).isEmpty();
        assertThat(table.put(policy(1, Mode.REPLICATE, agent))).isPresent();
    }

    @Test
    void anAgentWithoutAVolumeIsNoStream() {
        GroupPolicy policy = new GroupPolicy(
                pg,
                1,
                Mode.REPLICATE,
                0,
                Map.of(agent, List.of(VolumeId.random()), other, List.of()),
                Duration.ofSeconds(5),
                Duration.ZERO,
                CodecLimit.ZSTD,
                TransferRules.DEFAULT);
        assertThat(policy.streams()).hasSize(1);
    }

    @Test
    void ownershipsAreToldOfGroupsInEveryModeAndOnlyToTheAgentOfTheMachine() {
        VmOwner paused = owner(agent, VmId.random(), 1);
        VmOwner removed = owner(agent, VmId.random(), 2);
        VmOwner elsewhere = owner(other, VmId.random(), 3);
        table.put(policy(PgId.random(), Mode.PAUSED).withOwners(List.of(paused, elsewhere)));
        table.put(policy(PgId.random(), Mode.REMOVED).withOwners(List.of(removed)));
        assertThat(table.ownersFor(agent)).containsExactly(paused, removed);
        assertThat(table.ownersFor(other)).containsExactly(elsewhere);
        assertThat(table.ownersFor(AgentId.random())).isEmpty();
    }

    @Test
    void ofAMachineInSeveralGroupsTheHighestEpochCountsWhicheverComesFirst() {
        VmId vm = VmId.random();
        table.put(policy(PgId.random(), Mode.REMOVED).withOwners(List.of(owner(agent, vm, 4))));
        table.put(policy(PgId.random(), Mode.REPLICATE).withOwners(List.of(owner(agent, vm, 5))));
        table.put(policy(PgId.random(), Mode.PAUSED).withOwners(List.of(owner(agent, vm, 3))));
        assertThat(table.ownersFor(agent)).containsExactly(owner(agent, vm, 5));
    }

    @Test
    void aMoveOfAnOwnershipConcernsItsAgentAlsoWhenItHasNoVolumeThere() {
        table.put(policy(1, Mode.REPLICATE, agent));
        assertThat(table.put(policy(2, Mode.REPLICATE, agent).withOwners(List.of(owner(other, VmId.random(), 1)))))
                .hasValueSatisfying(change -> assertThat(change.agents()).containsExactlyInAnyOrder(agent, other));
    }

    private static VmOwner owner(AgentId agent, VmId vm, long epoch) {
        return new VmOwner(agent, vm, epoch, true, "recovery site", 17, "");
    }

    private GroupPolicy policy(long revision, Mode mode, AgentId member) {
        return policy(pg, revision, mode, member);
    }

    private GroupPolicy policy(PgId group, Mode mode) {
        return policy(group, 1, mode, agent);
    }

    private static GroupPolicy policy(PgId pg, long revision, Mode mode, AgentId member) {
        return new GroupPolicy(
                pg,
                revision,
                mode,
                0,
                Map.of(member, List.of(VolumeId.random())),
                Duration.ofSeconds(5),
                Duration.ZERO,
                CodecLimit.ZSTD,
                TransferRules.DEFAULT);
    }
}
