package io.holdfast.protectiongroup.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.platform.kafka.ProtoProducer;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.platform.security.Roles;
import io.holdfast.proto.v1.Ownership;
import io.holdfast.proto.v1.PolicyState;
import io.holdfast.testkit.Eventually;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import org.junit.jupiter.api.Test;

/** Who owns a group's VMs, from the failover until they are home again (docs/ownership.md). */
@QuarkusTest
class OwnershipTest extends ServiceTest {
    @Test
    void aFailoverIsToldToTheDataPlaneAndCanBeGivenBack() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        protect(pg, vm);
        String run = newId();

        JsonPath taken = failover(pg, "", body(run), 200);
        assertThat(taken.getString("state")).isEqualTo("FAILING_OVER");
        assertThat(taken.getString("runId")).isEqualTo(run);
        assertThat(taken.getString("vms[0].vmId")).isEqualTo(vm.id());
        assertThat(taken.getInt("vms[0].epoch")).isEqualTo(1);
        assertThat(taken.getBoolean("vms[0].recovered")).isTrue();
        assertThat(taken.getString("vms[0].owner")).isEqualTo("Geneva");
        awaitOwnership(pg, 1, run, PolicyState.REPLICATE);
        assertThat(failover(pg, "", body(run), 200).getInt("vms[0].epoch")).isEqualTo(1);
        assertThat(failover(pg, "", body(newId()), 409).getString("code")).isEqualTo("GROUP_STATE_FORBIDS");

        JsonPath back = failover(pg, "/cancel", body(run), 200);
        assertThat(back.getInt("vms[0].epoch")).isEqualTo(2);
        assertThat(back.getBoolean("vms[0].recovered")).isFalse();
        awaitOwnership(pg, 2, "", PolicyState.REPLICATE);
        awaitLifecycle(pg, "PROTECTED");
    }

    @Test
    void theLastCheckpointOfAPlannedFailoverCanBeOrderedWhileFailingOver() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        protect(pg, vm);
        failover(pg, "", body(newId()), 200);

        Response accepted = operator().body("{\"name\": \"the last one\"}").post(PATH + "/" + pg + "/checkpoints");
        assertThat(accepted.statusCode()).as(accepted.asString()).isEqualTo(202);
        command(pg, "pause", 409);
    }

    @Test
    void aCommittedFailoverOutlivesItsGroupAndEndsOnlyWhenTheSourceIsKnownToBeRight() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        protect(pg, vm);
        String run = newId();
        failover(pg, "", body(run), 200);
        assertThat(failover(pg, "/commit", body(run), 200).getString("state")).isEqualTo("FAILED_OVER");
        assertThat(failover(pg, "/commit", body(run), 200).getString("state")).isEqualTo("FAILED_OVER");
        awaitOwnership(pg, 1, run, PolicyState.PAUSED);
        awaitCondition(pg, "InSync", "FALSE", "FAILED_OVER");

        assertThat(failover(pg, "/return", "{}", 409).getString("code")).isEqualTo("SOURCE_STILL_ATTACHED");
        ProtoProducer.await(kafka.producer().sendTombstone(Topic.INVENTORY_EVENTS, vm.id()));
        Response removed = operator().body("{\"journal\": \"KEEP\"}").post(PATH + "/" + pg + "/remove");
        assertThat(removed.statusCode()).as(removed.asString()).isEqualTo(202);
        awaitOwnership(pg, 1, run, PolicyState.REMOVED);

        announce(vm, 3);
        var created = new Response[1];
        Eventually.until("another group has the VM", SOON, () -> {
            created[0] = operator().body(body(vm)).post(PATH);
            assertThat(created[0].statusCode()).as(created[0].asString()).isEqualTo(201);
        });
        String next = created[0].jsonPath().getString("id");
        Response owner = as(Roles.VIEWER).get(PATH + "/" + next + "/failover");
        assertThat(owner.jsonPath().getInt("vms[0].epoch")).isEqualTo(1);
        assertThat(owner.jsonPath().getBoolean("vms[0].recovered")).isTrue();
    }

    @Test
    void aPersonCanGiveUpTheRecoveredState() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        protect(pg, vm);
        String run = newId();
        failover(pg, "", body(run), 200);
        failover(pg, "/commit", body(run), 200);

        JsonPath home = failover(pg, "/return", "{\"discardRecovered\": true}", 200);
        assertThat(home.getString("state")).isEqualTo("RESYNC");
        assertThat(home.getInt("vms[0].epoch")).isEqualTo(2);
        awaitOwnership(pg, 2, "", PolicyState.REPLICATE);
    }

    @Test
    void aGroupCanBeStartedPausedSoThatItsReplicasCanBeSeeded() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        assertThat(command(pg, "start?paused=perhaps", 400).jsonPath().getString("violations[0].field"))
                .isEqualTo("paused");
        Eventually.until("the group is started", SOON, () -> command(pg, "start?paused=true", 202));

        assertThat(get(pg).getString("lifecycle")).isEqualTo("PAUSED");
        Eventually.until("the data plane is told", SOON, () -> assertThat(
                        newestPolicy(pg).getState())
                .isEqualTo(PolicyState.PAUSED));
        command(pg, "resume", 202);
        assertThat(get(pg).getString("lifecycle")).isEqualTo("INITIAL_SYNC");
    }

    @Test
    void onlyTheRecoveryRoleMovesAnOwner() {
        Vm vm = Vm.withVolumes(1);
        String pg = create(vm);
        protect(pg, vm);

        assertThat(operator()
                        .body(body(newId()))
                        .post(PATH + "/" + pg + "/failover")
                        .statusCode())
                .isEqualTo(403);
        assertThat(failover(pg, "", "{\"owner\": \"Geneva\"}", 400).getString("code"))
                .isEqualTo("INVALID_REQUEST");
        assertThat(failover(pg, "", "{\"runId\": \"nonsense\"}", 400).getString("code"))
                .isEqualTo("INVALID_ID");
    }

    private static String body(String run) {
        return "{\"runId\": \"%s\", \"owner\": \"Geneva\"}".formatted(run);
    }

    private static JsonPath failover(String pg, String command, String body, int status) {
        Response response = as(Roles.RECOVERY).body(body).post(PATH + "/" + pg + "/failover" + command);
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(status);
        return response.jsonPath();
    }

    private void awaitOwnership(String pg, long epoch, String run, PolicyState state) {
        Eventually.until("the data plane is told", SOON, () -> {
            Ownership told = newestPolicy(pg).getMembers(0).getOwnership();
            assertThat(told.getEpoch()).isEqualTo(epoch);
            assertThat(told.getRunId()).isEqualTo(run);
            assertThat(told.getRecovered()).isEqualTo(!run.isEmpty());
            assertThat(newestPolicy(pg).getState()).isEqualTo(state);
        });
    }
}
