package io.holdfast.replicationrouter.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.proto.v1.AgentFrame;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.proto.v1.CheckpointKind;
import io.holdfast.proto.v1.CommandResult;
import io.holdfast.proto.v1.CutCheckpoint;
import io.holdfast.proto.v1.DetachVm;
import io.holdfast.proto.v1.JournalEvent;
import io.holdfast.proto.v1.JournalStatus;
import io.holdfast.proto.v1.PolicyState;
import io.holdfast.proto.v1.ResyncGroup;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.proto.v1.StreamPosition;
import io.holdfast.proto.v1.StreamStatus;
import io.holdfast.proto.v1.SyncState;
import io.holdfast.replicationrouter.runtime.RouterClock;
import io.holdfast.replicationrouter.support.NodeHarness;
import io.holdfast.replicationrouter.support.NodeHarness.Running;
import io.holdfast.replicationrouter.support.ScriptedAgent;
import io.holdfast.replicationrouter.support.TestBatches;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.kafka.KafkaFixture;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Commands, the journal's wishes, statuses and the lease, over a real broker. */
class CommandsAndLeaseTest {
    private static final Duration LATER = Duration.ofMinutes(5);
    private final NodeHarness harness = new NodeHarness(KafkaFixture.shared());

    @BeforeEach
    void aGroup() {
        KafkaFixture.shared().start();
        harness.createTopics();
        harness.publish(harness.policy(1).setCheckpointIntervalMs(60_000));
    }

    @AfterEach
    void stop() {
        harness.close();
    }

    @Test
    void aCommandReachesTheAgentAndItsResultTheTopic() {
        Running router = harness.start();
        ScriptedAgent agent = harness.session(router, "i1", 1, 1);
        CommandId id = order(LATER, command -> command.setDetachVm(vm()));

        RouterFrame forwarded = agent.await("the command", RouterFrame::hasCommand);
        agent.send(AgentFrame.newBuilder()
                .setCommandResult(
                        CommandResult.newBuilder().setCommandId(id.toString()).setOk(true))
                .build());

        assertThat(forwarded.getCommand().getCommandId()).isEqualTo(id.toString());
        assertThat(result(id).getOk()).isTrue();
    }

    @Test
    void aCommandForAnAgentThatIsAwayWaitsForIt() {
        Running router = harness.start();
        CommandId id = order(LATER, command -> command.setDetachVm(vm()));

        ScriptedAgent agent = harness.session(router, "i1", 1, 1);

        agent.await(
                "the command",
                frame -> frame.hasCommand() && frame.getCommand().getCommandId().equals(id.toString()));
    }

    @Test
    void aCommandThatNobodyCarriesOutExpires() {
        harness.start();
        CommandId id = order(Duration.ofSeconds(1), command -> command.setDetachVm(vm()));
        assertThat(result(id).getErrorCode()).isEqualTo("COMMAND_EXPIRED");
    }

    @Test
    void afterARestartOnlyCommandsWithoutAnAnswerAreSentAgain() {
        Running before = harness.start();
        ScriptedAgent agent = harness.session(before, "i1", 1, 1);
        CommandId answered = order(LATER, command -> command.setDetachVm(vm()));
        CommandId open = order(LATER, command -> command.setDetachVm(vm()));
        agent.await(
                "the second command",
                frame -> frame.hasCommand() && frame.getCommand().getCommandId().equals(open.toString()));
        agent.send(AgentFrame.newBuilder()
                .setCommandResult(CommandResult.newBuilder()
                        .setCommandId(answered.toString())
                        .setOk(true))
                .build());
        result(answered);
        before.close();

        ScriptedAgent again = harness.session(harness.start(), "i1", 1, 1);

        again.await("the open command", frame -> frame.hasCommand());
        assertThat(again.frames().stream().filter(RouterFrame::hasCommand))
                .extracting(frame -> frame.getCommand().getCommandId())
                .containsExactly(open.toString());
    }

    @Test
    void aCheckpointOfAPersonIsAnsweredWhenItsRecordIsInKafka() {
        ScriptedAgent agent = harness.session(harness.start(), "i1", 1, 1);
        agent.send(TestBatches.of(harness.stream, 1, 1, 4));
        agent.heartbeat(harness.pg, 1, SyncState.IN_SYNC, TestBatches.VOLUME);
        RouterFrame crash = agent.await("the timer's cut", RouterFrame::hasCutMarker);
        CheckpointId checkpoint = CheckpointId.random();
        CommandId id = order(LATER, command -> command.setCutCheckpoint(cut(checkpoint)));
        agent.send(TestBatches.marker(
                harness.stream, 1, 5, 1, CheckpointId.parse(crash.getCutMarker().getCheckpointId())));

        // The order has an id of its own: a cut that is ordered twice must not take the first order's marker for the
        // second's.
        RouterFrame asked = agent.await(
                "the person's cut",
                frame -> frame.hasCutMarker()
                        && !frame.getCutMarker()
                                .getCheckpointId()
                                .equals(crash.getCutMarker().getCheckpointId()));
        agent.send(TestBatches.marker(
                harness.stream, 1, 6, 2, CheckpointId.parse(asked.getCutMarker().getCheckpointId())));

        assertThat(result(id).getOk()).isTrue();
        ChangesRecord last = harness.changes().getLast();
        assertThat(last.getCheckpoint().getKind()).isEqualTo(CheckpointKind.USER);
        assertThat(last.getCheckpoint().getName()).isEqualTo("before the upgrade");
        assertThat(last.getCheckpoint().getCheckpointId()).isEqualTo(checkpoint.toString());
    }

    @Test
    void aCheckpointOfAGroupThatIsNotInSyncIsRefused() {
        ScriptedAgent agent = harness.session(harness.start(), "i1", 1, 1);
        agent.send(TestBatches.of(harness.stream, 1, 1, 4));
        agent.heartbeat(harness.pg, 1, SyncState.SYNCING, TestBatches.VOLUME);
        agent.awaitAck(harness.pg, 1, 4);

        CommandId id = order(LATER, command -> command.setCutCheckpoint(cut(CheckpointId.random())));

        assertThat(result(id).getErrorCode()).isEqualTo("NOT_IN_SYNC");
        assertThat(agent.frames()).noneMatch(RouterFrame::hasCutMarker);
    }

    @Test
    void aPausedGroupIsToldSoAndNotCut() {
        Running router = harness.start();
        ScriptedAgent agent = harness.session(router, "i1", 1, 1);
        agent.await("Assignments", RouterFrame::hasAssignments);
        harness.publish(harness.policy(2).setState(PolicyState.PAUSED));
        agent.await(
                "the pause",
                frame -> frame.hasAssignments()
                        && frame.getAssignments().getGroupsList().stream().anyMatch(group -> group.getPaused()));

        CommandId id = order(LATER, command -> command.setCutCheckpoint(cut(CheckpointId.random())));

        assertThat(result(id).getErrorCode()).isEqualTo("PAUSED");
        harness.publish(harness.policy(3).setState(PolicyState.REMOVED));
        agent.await(
                "the end of the assignment",
                frame -> frame.hasAssignments() && frame.getAssignments().getGroupsCount() == 0);
        assertThat(agent.ended()).isFalse();
    }

    @Test
    void aResyncThatAPersonOrdersResetsTheStream() {
        ScriptedAgent agent = harness.session(harness.start(), "i1", 4, 1);
        CommandId id = order(
                LATER, command -> command.setResync(ResyncGroup.newBuilder().setPgId(harness.pg.toString())));

        RouterFrame reset = agent.await("StreamReset", RouterFrame::hasReset);

        assertThat(reset.getReset().getReason()).isEqualTo("OPERATOR_REQUEST");
        assertThat(reset.getReset().getEpoch()).isEqualTo(4);
        assertThat(result(id).getOk()).isTrue();
    }

    @Test
    void aJournalThatCannotGoOnResetsTheStreamOnce() {
        Running router = harness.start();
        ScriptedAgent agent = harness.session(router, "i1", 4, 50);
        for (int i = 0; i < 3; i++) {
            journalNeedsReset(4);
        }

        agent.await("StreamReset", RouterFrame::hasReset);
        agent.send(TestBatches.of(harness.stream, 5, 1, 4));
        agent.awaitAck(harness.pg, 5, 4);
        journalNeedsReset(4);
        agent.send(TestBatches.of(harness.stream, 5, 5, 4));
        agent.awaitAck(harness.pg, 5, 8);

        assertThat(agent.frames().stream().filter(RouterFrame::hasReset)).hasSize(1);
    }

    @Test
    void aRecordThatIsNoCommandBecomesADeadLetterAndTheNextOneIsRead() {
        harness.start();
        harness.write(Topic.AGENT_COMMANDS, "x", new byte[] {1, 2, 3});
        CommandId id = order(Duration.ofSeconds(1), command -> command.setDetachVm(vm()));

        assertThat(result(id).getErrorCode()).isEqualTo("COMMAND_EXPIRED");
        assertThat(harness.kafka.readAll(Topic.AGENT_COMMANDS.deadLetterName(NodeHarness.PREFIX)))
                .hasSize(1);
    }

    @Test
    void aStreamsStatusIsPublishedAndItsLossOnce() {
        Running router = harness.start();
        ScriptedAgent agent = harness.session(router, "i1", 1, 1);
        agent.send(TestBatches.of(harness.stream, 1, 1, 4));
        agent.heartbeat(harness.pg, 1, SyncState.SYNCING, TestBatches.VOLUME);
        Eventually.await("a status with the reason", ScriptedAgent.PATIENCE, () -> {
            StreamStatus status = lastStatus();
            return status.getConnected()
                    && status.getAckedSeq() == 4
                    && status.getNoCheckpointReason().equals("NOT_IN_SYNC");
        });

        agent.close();

        Eventually.await("the loss is published", ScriptedAgent.PATIENCE, () -> !lastStatus()
                .getConnected());
        assertThat(lastStatus().getAckedSeq()).isEqualTo(4);
        assertThat(lastStatus().getNoCheckpointReason()).isEqualTo("AGENT_DISCONNECTED");
    }

    @Test
    void aRouterThatDoesNotOwnAGroupsPartitionRedirectsTheAgentToTheOneThatDoes() {
        Running a = harness.start(harness.options().at("router-a:1111"));
        Running b = harness.start(harness.options().at("router-b:2222"));
        ScriptedAgent atA = harness.session(a, "i1", 1, 1);
        ScriptedAgent atB = harness.session(b, "i1", 1, 1);
        Eventually.await(
                "one of the two redirects, to the other",
                Duration.ofSeconds(40),
                () -> {
                    atA.heartbeat(harness.pg, 1, SyncState.SYNCING, TestBatches.VOLUME);
                    atB.heartbeat(harness.pg, 1, SyncState.SYNCING, TestBatches.VOLUME);
                    return redirectedTo(atA, "router-b:2222") != redirectedTo(atB, "router-a:1111");
                },
                () -> "a: %s %s, b: %s %s".formatted(atA.frames(), atA.ended(), atB.frames(), atB.ended()));
        boolean aOwns = redirectedTo(atB, "router-a:1111");
        ScriptedAgent owner = aOwns ? atA : atB;
        ScriptedAgent other = aOwns ? atB : atA;

        other.send(TestBatches.of(harness.stream, 1, 1, 4));
        owner.send(TestBatches.of(harness.stream, 1, 1, 4));
        owner.awaitAck(harness.pg, 1, 4);
        (aOwns ? a : b).close();
        ScriptedAgent moved = harness.session(aOwns ? b : a, "i1", 1, 5);
        Eventually.await("the other router takes the group over", Duration.ofSeconds(40), () -> {
            ScriptedAgent next = moved.ended() ? harness.session(aOwns ? b : a, "i1", 1, 5) : moved;
            next.send(TestBatches.of(harness.stream, 1, 5, 4));
            next.heartbeat(harness.pg, 1, SyncState.SYNCING, TestBatches.VOLUME);
            return harness.changes().size() >= 2;
        });

        assertThat(harness.changes().get(0).getBatch().getFirstSeq()).isEqualTo(1);
        assertThat(harness.changes().get(1).getBatch().getFirstSeq()).isEqualTo(5);
    }

    private static boolean redirectedTo(ScriptedAgent agent, String address) {
        return agent.frames().stream()
                .anyMatch(frame -> frame.hasRedirect()
                        && frame.getRedirect().getRouterAddress().equals(address));
    }

    private CommandId order(Duration life, Consumer<AgentCommand.Builder> body) {
        CommandId id = CommandId.random();
        AgentCommand.Builder command = AgentCommand.newBuilder()
                .setCommandId(id.toString())
                .setAgentId(harness.agent.toString())
                .setIssuedAtMicros(RouterClock.SYSTEM.micros())
                .setExpiresAtMicros(RouterClock.SYSTEM.micros() + life.toNanos() / 1000);
        body.accept(command);
        harness.write(
                Topic.AGENT_COMMANDS, harness.agent.toString(), command.build().toByteArray());
        return id;
    }

    private static DetachVm.Builder vm() {
        return DetachVm.newBuilder().setVmId(VmId.random().toString());
    }

    private CutCheckpoint.Builder cut(CheckpointId checkpoint) {
        return CutCheckpoint.newBuilder()
                .setPgId(harness.pg.toString())
                .setCheckpointId(checkpoint.toString())
                .setKind(CheckpointKind.USER)
                .setName("before the upgrade");
    }

    private void journalNeedsReset(long epoch) {
        StreamPosition.Builder position = StreamPosition.newBuilder()
                .setAgentId(harness.agent.toString())
                .setEpoch(epoch)
                .setSeq(0);
        harness.write(
                Topic.JOURNAL_EVENTS,
                harness.pg.toString(),
                JournalEvent.newBuilder()
                        .setPgId(harness.pg.toString())
                        .setStatus(JournalStatus.newBuilder().addNeedsReset(position))
                        .build()
                        .toByteArray());
    }

    private CommandResult result(CommandId id) {
        Eventually.await("command %s is answered".formatted(id), ScriptedAgent.PATIENCE, () -> !answers(id)
                .isEmpty());
        return answers(id).getFirst();
    }

    private List<CommandResult> answers(CommandId id) {
        return harness.agentEvents().stream()
                .filter(event -> event.hasCommandResult()
                        && event.getCommandResult().getCommandId().equals(id.toString()))
                .map(io.holdfast.proto.v1.AgentEvent::getCommandResult)
                .toList();
    }

    private StreamStatus lastStatus() {
        var statuses = harness.statuses();
        return statuses.isEmpty() ? StreamStatus.getDefaultInstance() : statuses.getLast();
    }
}
