package io.holdfast.replicationrouter.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.proto.v1.AgentFrame;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.proto.v1.CheckpointKind;
import io.holdfast.proto.v1.CheckpointRecord;
import io.holdfast.proto.v1.FenceState;
import io.holdfast.proto.v1.InventoryReport;
import io.holdfast.proto.v1.MachineSpec;
import io.holdfast.proto.v1.Ownership;
import io.holdfast.proto.v1.OwnershipReport;
import io.holdfast.proto.v1.Policy;
import io.holdfast.proto.v1.PolicyState;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.proto.v1.RouterFrame.FrameCase;
import io.holdfast.proto.v1.SyncState;
import io.holdfast.proto.v1.VmFence;
import io.holdfast.proto.v1.VmReport;
import io.holdfast.proto.v1.VolumeReportEntry;
import io.holdfast.replicationrouter.support.NodeHarness;
import io.holdfast.replicationrouter.support.NodeHarness.Running;
import io.holdfast.replicationrouter.support.ScriptedAgent;
import io.holdfast.replicationrouter.support.TestBatches;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.kafka.KafkaFixture;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One router, a real broker, a scripted agent over real gRPC and mutual TLS. */
class RouterNodeTest {
    private final NodeHarness harness = new NodeHarness(KafkaFixture.shared());

    @BeforeEach
    void aGroup() {
        harness.createTopics();
        harness.publish(harness.policy(1));
    }

    @AfterEach
    void stop() {
        harness.close();
    }

    @Test
    void anAgentIsWelcomedAndToldWhatToReplicate() {
        ScriptedAgent agent = harness.session(harness.start(), "i1", 1, 1);

        RouterFrame assignments = agent.await("Assignments", RouterFrame::hasAssignments);

        assertThat(assignments.getAssignments().getGroupsList()).singleElement().satisfies(group -> {
            assertThat(group.getPgId()).isEqualTo(harness.pg.toString());
            assertThat(group.getVolumeIdsList()).containsExactly(TestBatches.VOLUME.toString());
            assertThat(group.getPaused()).isFalse();
        });
    }

    @Test
    void ownershipsComeBeforeTheFirstAssignmentsAlsoWhenThereAreNone() {
        ScriptedAgent agent = harness.session(harness.start(), "i1", 1, 1);
        agent.await("Assignments", RouterFrame::hasAssignments);

        assertThat(agent.frames().stream().map(RouterFrame::getFrameCase).limit(3))
                .containsExactly(FrameCase.WELCOME, FrameCase.OWNERSHIPS, FrameCase.ASSIGNMENTS);
        assertThat(agent.frames().get(1).getOwnerships().getVmsList()).isEmpty();
    }

    @Test
    void anOwnershipThatMovesIsToldWholeInEveryModeAndARemovedGroupsToAnAgentThatComesLater() {
        Running router = harness.start();
        ScriptedAgent agent = harness.session(router, "i1", 1, 1);
        agent.await("Assignments", RouterFrame::hasAssignments);
        Ownership taken = Ownership.newBuilder()
                .setEpoch(1)
                .setRecovered(true)
                .setOwner("recovery site")
                .setSinceMicros(17)
                .setRunId(ID)
                .build();

        harness.publish(owned(2, PolicyState.PAUSED, taken));
        RouterFrame told = agent.await("Ownerships", ownershipsAt(1));
        harness.publish(
                owned(3, PolicyState.REMOVED, taken.toBuilder().setEpoch(2).build()));
        agent.await("Ownerships of the removed group", ownershipsAt(2));
        ScriptedAgent later = harness.session(router, "i1", 1, 1);

        assertThat(told.getOwnerships().getVmsList()).singleElement().satisfies(vm -> assertThat(vm.getOwnership())
                .isEqualTo(taken));
        later.await("Ownerships", ownershipsAt(2));
        assertThat(agent.frames().stream().filter(RouterFrame::hasOwnerships)).hasSize(3);
    }

    @Test
    void whatAnAgentSaysOfItsFencesStandsInTopicAgentEvents() {
        ScriptedAgent agent = harness.session(harness.start(), "i1", 1, 1);
        OwnershipReport report = OwnershipReport.newBuilder()
                .addVms(VmFence.newBuilder().setVmId(ID).setEpoch(3).setState(FenceState.FENCED))
                .build();

        agent.send(AgentFrame.newBuilder().setOwnership(report).build());

        Eventually.await("the event", ScriptedAgent.PATIENCE, () -> harness.agentEvents().stream()
                .anyMatch(event -> event.hasOwnership() && event.getOwnership().equals(report)));
    }

    private Policy.Builder owned(long revision, PolicyState state, Ownership ownership) {
        Policy.Builder policy = harness.policy(revision).setState(state);
        policy.getMembersBuilder(0).setOwnership(ownership);
        return policy;
    }

    private static Predicate<RouterFrame> ownershipsAt(long epoch) {
        return frame -> frame.hasOwnerships()
                && frame.getOwnerships().getVmsList().stream()
                        .anyMatch(vm -> vm.getOwnership().getEpoch() == epoch);
    }

    @Test
    void anAcknowledgedBatchIsInKafkaUnchanged() {
        ScriptedAgent agent = harness.session(harness.start(), "i1", 1, 1);
        var batch = TestBatches.of(harness.stream, 1, 1, 10);

        agent.send(batch);
        agent.awaitAck(harness.pg, 1, 10);

        assertThat(harness.changes()).singleElement().satisfies(record -> {
            assertThat(record.getPgId()).isEqualTo(harness.pg.toString());
            assertThat(record.getBatch()).isEqualTo(batch);
        });
        assertThat(harness.kafka.readAll(NodeHarness.PREFIX + "changes"))
                .filteredOn(record -> new String(record.key(), StandardCharsets.UTF_8).equals(harness.pg.toString()))
                .isNotEmpty()
                .allSatisfy(record -> assertThat(record.partition()).isEqualTo(1));
    }

    @Test
    void aCheckpointRecordStandsDirectlyBehindTheBatchWithItsMarker() {
        Running router = harness.start();
        ScriptedAgent agent = harness.session(router, "i1", 1, 1);
        agent.send(TestBatches.of(harness.stream, 1, 1, 10));
        agent.heartbeat(harness.pg, 1, SyncState.IN_SYNC, TestBatches.VOLUME);

        RouterFrame order = agent.await("CutMarker", RouterFrame::hasCutMarker);
        CheckpointId checkpoint = CheckpointId.parse(order.getCutMarker().getCheckpointId());
        agent.send(TestBatches.marker(harness.stream, 1, 11, 5, checkpoint));
        agent.send(TestBatches.of(harness.stream, 1, 16, 5));
        agent.awaitAck(harness.pg, 1, 20);

        List<ChangesRecord> changes = harness.changes();
        assertThat(changes).hasSize(4);
        CheckpointRecord record = changes.get(2).getCheckpoint();
        assertThat(record.getCheckpointId()).isEqualTo(checkpoint.toString());
        assertThat(record.getKind()).isEqualTo(CheckpointKind.CRASH);
        assertThat(record.getVolumeCount()).isEqualTo(1);
        assertThat(record.getPolicyRevision()).isEqualTo(1);
        assertThat(record.getPositionsList()).singleElement().satisfies(position -> {
            assertThat(position.getAgentId()).isEqualTo(harness.agent.toString());
            assertThat(position.getEpoch()).isEqualTo(1);
            assertThat(position.getSeq()).isEqualTo(15);
        });
        Eventually.await(
                "the cut is counted",
                ScriptedAgent.PATIENCE,
                () -> router.count("holdfast_router_checkpoints_cut", "kind", "CRASH") >= 1);
    }

    @Test
    void aCheckpointHasTheMachinesOfItsGroupAsTheAgentReportedThemLast() {
        ScriptedAgent agent = harness.session(harness.start(), "i1", 1, 1);
        agent.send(inventory(vm("web", TestBatches.VOLUME.toString(), 2), vm("other", ID, 9), unknown()));
        agent.send(inventory(vm("web", TestBatches.VOLUME.toString(), 4), vm("other", ID, 9), unknown()));
        agent.send(TestBatches.of(harness.stream, 1, 1, 10));
        agent.heartbeat(harness.pg, 1, SyncState.IN_SYNC, TestBatches.VOLUME);

        RouterFrame order = agent.await("CutMarker", RouterFrame::hasCutMarker);
        CheckpointId checkpoint = CheckpointId.parse(order.getCutMarker().getCheckpointId());
        agent.send(TestBatches.marker(harness.stream, 1, 11, 5, checkpoint));
        agent.awaitAck(harness.pg, 1, 15);

        Eventually.await(
                "the record is there",
                ScriptedAgent.PATIENCE,
                () -> harness.changes().size() == 3);
        assertThat(harness.changes().get(2).getCheckpoint().getMachinesList())
                .singleElement()
                .satisfies(machine -> {
                    assertThat(machine.getName()).isEqualTo("web");
                    assertThat(machine.getSpec().getCpuCount()).isEqualTo(4);
                });
    }

    private static final String ID = "99999999-9999-4999-8999-999999999999";

    private static VmReport.Builder vm(String name, String volume, int cpus) {
        return VmReport.newBuilder()
                .setVmId(ID)
                .setName(name)
                .addVolumes(VolumeReportEntry.newBuilder().setVolumeId(volume))
                .setMachine(MachineSpec.newBuilder().setCpuCount(cpus));
    }

    private static VmReport.Builder unknown() {
        return vm("unknown", TestBatches.VOLUME.toString(), 1).clearMachine();
    }

    private static AgentFrame inventory(VmReport.Builder... vms) {
        InventoryReport.Builder report = InventoryReport.newBuilder();
        List.of(vms).forEach(report::addVms);
        return AgentFrame.newBuilder().setInventory(report).build();
    }
}
