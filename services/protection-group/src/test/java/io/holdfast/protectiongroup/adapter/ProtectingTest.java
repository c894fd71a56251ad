package io.holdfast.protectiongroup.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.platform.kafka.Topic;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.proto.v1.AgentEvent;
import io.holdfast.proto.v1.CommandResult;
import io.holdfast.proto.v1.JournalCommand;
import io.holdfast.proto.v1.JournalCommandResult;
import io.holdfast.proto.v1.JournalDeleted;
import io.holdfast.proto.v1.JournalEvent;
import io.holdfast.proto.v1.Policy;
import io.holdfast.proto.v1.PolicyState;
import io.holdfast.proto.v1.ProtectionEvent;
import io.holdfast.proto.v1.RecoveryEvent;
import io.holdfast.testkit.Eventually;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A group's life from the first wish to the deletion of its journal. */
@QuarkusTest
class ProtectingTest extends ServiceTest {
    @Test
    void aDraftIsKnownToPeopleAndToPlansButNotToTheDataPlane() {
        Vm vm = Vm.withVolumes(2);
        String pg = create(vm);

        assertThat(get(pg).getString("lifecycle")).isEqualTo("DRAFT");
        assertThat(get(pg).getBoolean("rpo.known")).isFalse();
        Eventually.until("the draft is published", SOON, () -> {
            var events = written(Topic.PROTECTION_EVENTS, pg, ProtectionEvent.parser());
            assertThat(events).hasSize(1);
            assertThat(events.getFirst().getLifecycle()).isEqualTo("DRAFT");
            assertThat(events.getFirst().getMembers(0).getVolumesCount()).isEqualTo(2);
        });
        assertThat(written(Topic.POLICIES, pg, Policy.parser())).isEmpty();
    }

    @Test
    void aStartedGroupIsGivenToTheDataPlaneAndIsProtectedByTheFirstCheckpoint() {
        Vm vm = Vm.withVolumes(2);
        String pg = create(vm);
        start(pg);
        Eventually.until("the policy is out", SOON, () -> {
            Policy policy = newestPolicy(pg);
            assertThat(policy.getRevision()).isEqualTo(1);
            assertThat(policy.getState()).isEqualTo(PolicyState.REPLICATE);
            assertThat(policy.getPartition()).isBetween(0, 3);
            assertThat(policy.getMembers(0).getAgentId()).isEqualTo(vm.agent());
            assertThat(policy.getMembers(0).getVolumesList().stream().map(volume -> volume.getVolumeId()))
                    .containsExactlyElementsOf(vm.volumes());
            assertThat(policy.getCheckpointIntervalMs()).isEqualTo(5000);
            assertThat(policy.getHistoryWindowMs()).isEqualTo(86_400_000);
        });

        var fake = dataPlane(pg, vm).syncing(250, 1000);
        Eventually.until("progress is shown", SOON, () -> {
            assertThat(get(pg).getBoolean("sync.known")).isTrue();
            assertThat(get(pg).getInt("sync.percent")).isEqualTo(25);
            assertThat(get(pg).getString("lifecycle")).isEqualTo("INITIAL_SYNC");
        });
        fake.inSync();
        awaitLifecycle(pg, "PROTECTED");
        Eventually.until("the RPO is shown", SOON, () -> {
            var group = get(pg);
            assertThat(group.getBoolean("rpo.known")).isTrue();
            assertThat(Duration.parse(group.getString("rpo.age"))).isBetween(Duration.ZERO, Duration.ofSeconds(4));
            assertThat(group.getBoolean("history.known")).isTrue();
            assertThat(group.getInt("sync.percent")).isEqualTo(100);
        });
        awaitCondition(pg, "RpoMet", "TRUE", "RPO_WITHIN_OBJECTIVE");
        awaitCondition(pg, "InSync", "TRUE", "ALL_VOLUMES_IN_SYNC");
        awaitCondition(pg, "AgentsConnected", "TRUE", "ALL_AGENTS_CONNECTED");
        awaitCondition(pg, "JournalHealthy", "TRUE", "JOURNAL_APPLYING");
        awaitCondition(pg, "HistoryMet", "FALSE", "HISTORY_BUILDING");
        assertThat(written(Topic.POLICIES, pg, Policy.parser())).hasSize(1);
    }

    @Test
    void protectionEventsTellOfChangesAndNotOfEveryTick() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        protect(pg, vm);
        awaitCondition(pg, "JournalHealthy", "TRUE", "JOURNAL_APPLYING");
        Eventually.until("the state is published", SOON, () -> assertThat(
                        written(Topic.PROTECTION_EVENTS, pg, ProtectionEvent.parser())
                                .getLast()
                                .getLifecycle())
                .isEqualTo("PROTECTED"));
        int settled =
                written(Topic.PROTECTION_EVENTS, pg, ProtectionEvent.parser()).size();
        Instant from = Instant.now();
        Eventually.await(
                "several words have been heard", SOON, () -> Instant.now().isAfter(from.plusSeconds(2)));

        var events = written(Topic.PROTECTION_EVENTS, pg, ProtectionEvent.parser());
        assertThat(events).hasSize(settled);
        for (int i = 0; i < events.size(); i++) {
            assertThat(events.get(i).getRevision()).isEqualTo(i + 1);
        }
    }

    @Test
    void aVolumeThatFallsOutOfSyncMakesAResyncAndComesBackWithANewCheckpoint() {
        Vm vm = Vm.withVolumes(2);
        String pg = create(vm);
        var fake = protect(pg, vm);

        fake.syncing(0, 100);
        awaitLifecycle(pg, "RESYNC");
        assertThat(get(pg).getString("stateReason")).isIn("VOLUME_OUT_OF_SYNC", "JOURNAL_OUT_OF_SYNC");
        awaitCondition(pg, "InSync", "FALSE", "VOLUMES_OUT_OF_SYNC");
        fake.inSync();
        awaitLifecycle(pg, "PROTECTED");
        assertThat(written(Topic.POLICIES, pg, Policy.parser())).hasSize(1);
    }

    @Test
    void pauseAndResumeReachTheDataPlaneAndAreRefusedWhereTheyDoNotFit() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        var fake = protect(pg, vm);

        command(pg, "pause", 202);
        assertThat(get(pg).getString("lifecycle")).isEqualTo("PAUSED");
        Response again = command(pg, "pause", 409);
        assertThat(again.jsonPath().getString("code")).isEqualTo("GROUP_STATE_FORBIDS");
        assertThat(again.jsonPath().getString("detail"))
                .isEqualTo(
                        "Group 'orders' is PAUSED and does not take PAUSE; it takes RESUME, EDIT, REMOVE, FAIL_OVER.");
        Eventually.until("the data plane is told", SOON, () -> {
            assertThat(newestPolicy(pg).getState()).isEqualTo(PolicyState.PAUSED);
            assertThat(newestPolicy(pg).getRevision()).isEqualTo(2);
        });

        fake.syncing(0, 10);
        command(pg, "resume", 202);
        awaitLifecycle(pg, "RESYNC");
        Eventually.until("the data plane is told", SOON, () -> assertThat(
                        newestPolicy(pg).getRevision())
                .isEqualTo(3));
        fake.inSync();
        awaitLifecycle(pg, "PROTECTED");
    }

    @Test
    void aNewDiskIsProtectedByItselfAndSyncedFirst() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        var fake = protect(pg, vm);
        Vm grown = vm.withOneMore();

        announce(grown, 2);
        awaitLifecycle(pg, "RESYNC");
        Eventually.until("the data plane is told", SOON, () -> {
            assertThat(newestPolicy(pg).getRevision()).isEqualTo(2);
            assertThat(newestPolicy(pg).getMembers(0).getVolumesCount()).isEqualTo(2);
        });
        fake.withVolumes(grown.volumes());
        awaitLifecycle(pg, "PROTECTED");

        announce(vm, 1);
        announce(grown, 3, false);
        awaitCondition(pg, "InSync", "FALSE", "VOLUME_NEEDS_ATTENTION");
        assertThat(newestPolicy(pg).getMembers(0).getVolumesCount()).isEqualTo(2);
    }

    @Test
    void aNamedCheckpointIsOrderedCutAndListed() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        var fake = protect(pg, vm);

        Response accepted = operator().body("{\"name\": \"before upgrade\"}").post(PATH + "/" + pg + "/checkpoints");
        assertThat(accepted.statusCode()).isEqualTo(202);
        String checkpoint = accepted.jsonPath().getString("checkpointId");
        String where = PATH + "/" + pg + "/checkpoint-requests/" + checkpoint;
        assertThat(accepted.header("Location")).endsWith(where);

        var orders = new ArrayList<AgentCommand>();
        Eventually.until("the order is out", SOON, () -> {
            orders.clear();
            orders.addAll(written(Topic.AGENT_COMMANDS, vm.agent(), AgentCommand.parser()));
            assertThat(orders).hasSize(1);
        });
        var cut = orders.getFirst().getCutCheckpoint();
        assertThat(List.of(cut.getPgId(), cut.getCheckpointId(), cut.getName()))
                .containsExactly(pg, checkpoint, "before upgrade");
        assertThat(orders.getFirst().getExpiresAtMicros())
                .isEqualTo(orders.getFirst().getIssuedAtMicros() + 30_000_000);

        answer(vm, orders.getFirst().getCommandId(), true, "");
        Eventually.until("it is cut", SOON, () -> assertThat(progress(where)).isEqualTo("CUT"));
        fake.list(checkpoint, "before upgrade");
        Eventually.until("it is listed", SOON, () -> assertThat(progress(where)).isEqualTo("LISTED"));
        assertThat(operator().get(where).jsonPath().getLong("lsn")).isEqualTo(42);
    }

    @Test
    void aRefusedCheckpointSaysWhyAndTooManyAtOnceAreRefused() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        protect(pg, vm);
        String path = PATH + "/" + pg + "/checkpoints";
        for (int i = 0; i < 3; i++) {
            assertThat(operator()
                            .body("{\"name\": \"n%d\"}".formatted(i))
                            .post(path)
                            .statusCode())
                    .isEqualTo(202);
        }
        Response tooMany = operator().body("{\"name\": \"n4\"}").post(path);
        assertThat(tooMany.statusCode()).isEqualTo(507);
        assertThat(tooMany.jsonPath().getString("code")).isEqualTo("TOO_MANY_CHECKPOINT_REQUESTS");

        Eventually.until("the orders are out", SOON, () -> assertThat(
                        written(Topic.AGENT_COMMANDS, vm.agent(), AgentCommand.parser()))
                .hasSize(3));
        var order =
                written(Topic.AGENT_COMMANDS, vm.agent(), AgentCommand.parser()).getLast();
        answer(vm, order.getCommandId(), false, "NOT_IN_SYNC");
        String where = PATH + "/" + pg + "/checkpoint-requests/"
                + order.getCutCheckpoint().getCheckpointId();
        Eventually.until(
                "it has failed", SOON, () -> assertThat(progress(where)).isEqualTo("FAILED"));
        assertThat(operator().get(where).jsonPath().getString("errorCode")).isEqualTo("NOT_IN_SYNC");
    }

    @Test
    void aRunningTestIsShownOverTheStateAndItsResultIsRemembered() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        protect(pg, vm);
        String run = newId();

        recovery(run, pg, "RUNNING", false);
        awaitLifecycle(pg, "TESTING");
        assertThat(get(pg).getString("state")).isEqualTo("PROTECTED");
        assertThat(get(pg).getList("runningTests")).containsExactly(run);
        recovery(run, pg, "SUCCEEDED", true);
        awaitLifecycle(pg, "PROTECTED");
        awaitCondition(pg, "TestRecent", "TRUE", "TESTED");
    }

    @Test
    void removalWithTheJournalGoesInTwoStepsAndFreesTheVm() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        var fake = protect(pg, vm);

        assertThat(remove(pg, "DELETE").statusCode()).isEqualTo(202);
        assertThat(get(pg).getString("removal.progress")).isIn("AWAITING_JOURNAL", "DELETING");
        Eventually.until(
                "the end is published", SOON, () -> assertThat(newestPolicy(pg).getState())
                        .isEqualTo(PolicyState.REMOVED));
        var first = nextDeletion(pg, 1);
        fake.say(JournalEvent.newBuilder()
                .setCommandResult(JournalCommandResult.newBuilder()
                        .setCommandId(first.getCommandId())
                        .setErrorCode("JOURNAL_IN_USE")
                        .setMessage("A session is open.")));
        var second = nextDeletion(pg, 2);
        assertThat(second.getCommandId()).isNotEqualTo(first.getCommandId());
        fake.say(JournalEvent.newBuilder().setDeleted(JournalDeleted.getDefaultInstance()));
        Eventually.until("the journal is gone", SOON, () -> assertThat(get(pg).getString("removal.progress"))
                .isEqualTo("JOURNAL_DELETED"));
        assertThat(get(pg).getList("conditions")).isEmpty();

        assertThat(operator().body(body(vm)).post(PATH).statusCode()).isEqualTo(201);
    }

    @Test
    void aDeletionThatIsRefusedToTheEndSaysWhyAndCanBeAskedForAgain() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        var fake = protect(pg, vm);
        assertThat(remove(pg, "KEEP").statusCode()).isEqualTo(202);
        assertThat(get(pg).getString("removal.progress")).isEqualTo("JOURNAL_KEPT");
        assertThat(remove(pg, "KEEP").statusCode()).isEqualTo(409);

        assertThat(remove(pg, "DELETE").statusCode()).isEqualTo(202);
        for (int attempt = 1; attempt <= 2; attempt++) {
            fake.say(JournalEvent.newBuilder()
                    .setCommandResult(JournalCommandResult.newBuilder()
                            .setCommandId(nextDeletion(pg, attempt).getCommandId())
                            .setErrorCode("JOURNAL_IN_USE")
                            .setMessage("A session is open.")));
        }
        Eventually.until("it is given up", SOON, () -> assertThat(get(pg).getString("removal.progress"))
                .isEqualTo("DELETION_FAILED"));
        assertThat(get(pg).getString("removal.errorCode")).isEqualTo("JOURNAL_IN_USE");
        assertThat(remove(pg, "DELETE").statusCode()).isEqualTo(202);
    }

    private JournalCommand nextDeletion(String pg, int count) {
        Eventually.until("deletion %d is ordered".formatted(count), SOON, () -> assertThat(
                        written(Topic.JOURNAL_COMMANDS, pg, JournalCommand.parser()))
                .hasSize(count));
        var command =
                written(Topic.JOURNAL_COMMANDS, pg, JournalCommand.parser()).getLast();
        assertThat(command.hasDeleteJournal()).isTrue();
        return command;
    }

    private static Response remove(String pg, String journal) {
        return operator().body("{\"journal\": \"%s\"}".formatted(journal)).post(PATH + "/" + pg + "/remove");
    }

    private static String progress(String where) {
        return operator().get(where).jsonPath().getString("progress");
    }

    private void answer(Vm vm, String command, boolean ok, String code) {
        send(
                Topic.AGENT_EVENTS,
                vm.agent(),
                AgentEvent.newBuilder()
                        .setAgentId(vm.agent())
                        .setAtMicros(FakeDataPlane.micros(Instant.now()))
                        .setCommandResult(CommandResult.newBuilder()
                                .setCommandId(command)
                                .setOk(ok)
                                .setErrorCode(code))
                        .build());
    }

    private void recovery(String run, String pg, String state, boolean recovered) {
        send(
                Topic.RECOVERY_EVENTS,
                run,
                RecoveryEvent.newBuilder()
                        .setRunId(run)
                        .setPlanId(newId())
                        .setAtMicros(FakeDataPlane.micros(Instant.now()))
                        .setMode("TEST")
                        .setState(state)
                        .addPgIds(pg)
                        .setRecovered(recovered)
                        .build());
    }
}
