package io.holdfast.recoveryplan.service;

import static io.holdfast.recoveryplan.support.Api.as;
import static io.holdfast.recoveryplan.support.Api.awaitState;
import static io.holdfast.recoveryplan.support.Api.report;
import static io.holdfast.recoveryplan.support.Api.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.holdfast.kernel.id.PgId;
import io.holdfast.proto.v1.Member;
import io.holdfast.proto.v1.ProtectionEvent;
import io.holdfast.proto.v1.StartMachine;
import io.holdfast.recoveryplan.support.Api;
import io.holdfast.recoveryplan.support.JournalStoreControl;
import io.holdfast.recoveryplan.support.ServiceUnderTest;
import io.holdfast.recoveryplan.support.StandInAgent;
import io.holdfast.recoveryplan.support.StandInAgent.Behaviour;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.kafka.KafkaFixture;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Orders and reports go through real Kafka; a {@link StandInAgent} is at the other end. */
@QuarkusTest
@ServiceUnderTest
@DisplayName("A run that is told more than to recover everything once")
class ModesRunTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @ConfigProperty(name = "holdfast.kafka.topic-prefix")
    String topicPrefix;

    @Test
    void goesToAnotherCheckpointWithItsOwnershipAndSaysWhatItTried() throws Exception {
        try (StandInAgent agent = new StandInAgent(topicPrefix, Behaviour.FAILS)) {
            PgId pg = protectedGroup();
            String id = order(plan(pg, agent), "{\"mode\": \"UNPLANNED\", \"commitPolicy\": \"ROLLBACK\"}");
            JsonPath halted = awaitState(id, "HALTED", "FAILED", "READY");
            assertThat(halted.getString("error.code")).as(halted.prettify()).isEqualTo("MACHINE_ENDED");
            String newest = halted.getString("trials");
            assertThat(newest).as("none was left yet").isEqualTo("[]");

            agent.behave(Behaviour.RUNS);
            String older = Instant.parse(report(id).getString("groups[0].members[0].cutAt"))
                    .minusNanos(1000)
                    .toString();
            as("operator").body(point(pg, older)).post(path(id)).then().statusCode(403);
            as("recovery").body("{}").post(path(id)).then().statusCode(400);
            as("recovery")
                    .body(point(PgId.random(), older))
                    .post(path(id))
                    .then()
                    .statusCode(400);
            as("recovery").body(point(pg, older)).post(path(id)).then().statusCode(202);
            JsonPath ready = awaitState(id, "READY", "HALTED", "FAILED");

            assertThat(ready.getString("state")).as(ready.prettify()).isEqualTo("READY");
            assertThat(ready.getString("trials[0].error.code")).isEqualTo("MACHINE_ENDED");
            assertThat(ready.getString("trials[0].points[0].pointAskedFor")).isEqualTo("latest");
            assertThat(ready.getString("groups[0].ownership")).isEqualTo("TAKEN");
            assertThat(Instant.parse(ready.getString("failover.actsAt"))).isAfter(Instant.now());
            assertThat(agent.started).hasSize(2);
            assertThat(agent.machines()).as("one of them is gone").hasSize(1);
            assertThat(JournalStoreControl.everOpened(pg)).hasSize(2);
            assertThat(JournalStoreControl.openSessions(pg)).hasSize(1);
            assertThat(report(id).getString("groups[0].members[0].checkpointId"))
                    .isNotEqualTo(ready.getString("trials[0].points[0].checkpointId"));

            as("recovery").post("/api/v1/runs/" + id + "/rollback").then().statusCode(202);
            awaitState(id, "ROLLED_BACK", "FAILED");
            assertThat(agent.machines()).isEmpty();
            assertThat(report(id).getInt("cleanup.sessionsClosed")).isEqualTo(2);
            as("recovery")
                    .body(point(pg, older))
                    .post(path(id))
                    .then()
                    .statusCode(409)
                    .body("code", equalTo("RUN_ENDED"));
        }
    }

    @Test
    void clonesWithAnIdentityOfItsOwnAndStaysUntilItIsReleased() throws Exception {
        try (StandInAgent agent = new StandInAgent(topicPrefix, Behaviour.RUNS)) {
            PgId pg = protectedGroup();
            String plan = plan(pg, agent);
            String order = "{\"mode\": \"CLONE\", \"attach\": {\"office\": \"lan\"}}";
            as("operator")
                    .body(order)
                    .post("/api/v1/plans/" + plan + "/runs")
                    .then()
                    .statusCode(403);
            String id = order(plan, order.replace("}}", "}, \"force\": true}"));
            refused(plan, order, 409, "PLAN_HAS_ERRORS");
            JsonPath ready = awaitState(id, "READY", "FAILED");

            assertThat(ready.getString("state")).as(ready.prettify()).isEqualTo("READY");
            assertThat(ready.getString("expiresAt")).isNull();
            assertThat(ready.getString("groups[0].machines[0].name")).isEqualTo("vm-clone-" + id.substring(0, 8));
            StartMachine started = agent.started.getFirst();
            assertThat(started.getName()).isEqualTo("vm-clone-" + id.substring(0, 8));
            assertThat(started.getExpiresAtMicros()).isZero();
            assertThat(started.getLinks(0).getHostNetwork()).isEqualTo("lan");
            assertThat(started.getProbesList())
                    .as("production could answer them")
                    .isEmpty();
            assertThat(JournalStoreControl.state(pg)).isEqualTo("PROTECTED");

            Api.post("/api/v1/runs/" + id + "/finish")
                    .then()
                    .statusCode(409)
                    .body("code", equalTo("COMMAND_NOT_OF_MODE"));
            as("recovery").post("/api/v1/runs/" + id + "/release").then().statusCode(202);
            assertThat(awaitState(id, "SUCCEEDED", "FAILED").getString("state")).isEqualTo("SUCCEEDED");
            assertThat(agent.machines()).isEmpty();
            assertThat(JournalStoreControl.openSessions(pg)).isEmpty();
        }
    }

    @Test
    void recoversOneVmOrVolumeAndRefusesToFailOverHalfAGroup() throws Exception {
        try (StandInAgent agent = new StandInAgent(topicPrefix, Behaviour.RUNS)) {
            PgId pg = protectedGroup(UUID.randomUUID().toString());
            PgId other = protectedGroup();
            String plan = Api.createPlan(body(agent.host.toString(), pg, other));
            String vm = "\"only\": {\"vms\": [\"%s\"]}".formatted(JournalStoreControl.vmOf(pg));
            String id = order(plan, "{\"mode\": \"TEST\", %s}".formatted(vm));
            JsonPath ready = awaitState(id, "READY", "FAILED");

            assertThat(ready.getString("state")).as(ready.prettify()).isEqualTo("READY");
            assertThat(ready.getList("groups.pgId", String.class)).containsExactly(pg.toString());
            assertThat(ready.getString("part.vms[0]")).isEqualTo(JournalStoreControl.vmOf(pg));
            assertThat(agent.started).hasSize(1);
            assertThat(JournalStoreControl.everOpened(other)).isEmpty();
            Api.post("/api/v1/runs/" + id + "/finish").then().statusCode(202);
            awaitState(id, "SUCCEEDED", "FAILED");

            String volumes = "\"only\": {\"volumes\": {\"%s\": [\"%s\"]}}";
            refused(plan, "{\"mode\": \"UNPLANNED\", %s}".formatted(vm), 409, "PART_SPLITS_GROUP");
            refused(
                    plan,
                    "{\"mode\": \"UNPLANNED\", %s}".formatted(volumes.formatted(other, UUID.randomUUID())),
                    409,
                    "PART_SPLITS_GROUP");
            refused(
                    plan,
                    "{\"mode\": \"TEST\", \"only\": {\"vms\": [\"%s\"]}}".formatted(UUID.randomUUID()),
                    400,
                    "VM_NOT_IN_PLAN");
            refused(plan, "{\"mode\": \"TEST\", \"only\": {}}", 400, "INVALID_REQUEST");
            String missing =
                    order(plan, "{\"mode\": \"TEST\", %s}".formatted(volumes.formatted(other, UUID.randomUUID())));
            assertThat(awaitState(missing, "FAILED", "READY").getString("error.code"))
                    .isEqualTo("PART_NOT_IN_CHECKPOINT");
            assertThat(JournalStoreControl.openSessions(other)).isEmpty();
            assertThat(findings(plan))
                    .as("a part that works is no test of the plan")
                    .contains("NEVER_TESTED");
        }
    }

    @Test
    void refusesWhatItsModeDoesNotKnow() {
        PgId pg = JournalStoreControl.group("");
        String plan = Api.createPlan(Api.chain(pg));
        refused(plan, "{\"mode\": \"MOVE\"}", 409, "GROUP_NOT_PROTECTED");
        refused(plan, "{\"mode\": \"CLONE\", \"expiresAfter\": \"PT1H\"}", 400, "INVALID_REQUEST");
        refused(plan, "{\"mode\": \"TEST\", \"attach\": {\"office\": \"lan\"}}", 400, "INVALID_REQUEST");
        refused(plan, "{\"mode\": \"FAILBACK\"}", 400, "MODE_NOT_SUPPORTED");
        String pending = Api.order(plan, "{\"mode\": \"TEST\"}");
        awaitState(pending, "READY");
        assertThat(run(pending).getList("trials")).isEmpty();
    }

    @Test
    void isToldBeforeThatTheBranchOfTheLastCommitKeepsTheNextOneFromItsEnd() {
        String free = Api.createPlan(Api.chain(JournalStoreControl.group("")));
        String held = Api.createPlan(Api.chain(JournalStoreControl.group("branch=left")));

        assertThat(findings(free)).doesNotContain("BRANCH_RETAINED");
        assertThat(findings(held)).contains("BRANCH_RETAINED");
    }

    private static List<String> findings(String plan) {
        return as("viewer")
                .get("/api/v1/plans/" + plan + "/preflight")
                .jsonPath()
                .getList("findings.code");
    }

    private static void refused(String plan, String order, int status, String code) {
        as("recovery")
                .body(order)
                .post("/api/v1/plans/" + plan + "/runs")
                .then()
                .statusCode(status)
                .body("code", equalTo(code));
    }

    private static String path(String run) {
        return "/api/v1/runs/" + run + "/switch";
    }

    private static String point(PgId pg, String time) {
        return "{\"points\": {\"%s\": {\"time\": \"%s\"}}}".formatted(pg, time);
    }

    /** With the one VM that the journal-store knows, and others that it does not. */
    private PgId protectedGroup(String... otherVms) {
        PgId pg = JournalStoreControl.group("");
        ProtectionEvent.Builder event = ProtectionEvent.newBuilder()
                .setPgId(pg.toString())
                .setRevision(1)
                .setName("group")
                .setLifecycle("PROTECTED")
                .addMembers(Member.newBuilder()
                        .setVmId(JournalStoreControl.vmOf(pg))
                        .setVmName("vm"));
        for (String other : otherVms) {
            event.addMembers(Member.newBuilder().setVmId(other).setVmName("other"));
        }
        KafkaFixture.shared()
                .write(
                        topicPrefix + "protection-events",
                        0,
                        pg.toString(),
                        event.build().toByteArray());
        return pg;
    }

    private static String plan(PgId pg, StandInAgent agent) {
        return Api.createPlan(body(agent.host.toString(), pg));
    }

    private static String body(String host, PgId... pgs) {
        StringBuilder groups = new StringBuilder();
        for (int index = 0; index < pgs.length; index++) {
            groups.append(index == 0 ? "" : ",").append("""
                    {"name": "g%d", "pgIds": ["%s"], "powerOn": true,
                      "readiness": {"type": "MACHINES", "timeout": "PT60S", "probes": [{"type": "TCP", "address": "10.0.0.5", "port": 5432}]},
                      "machines": {"hosts": ["%s"], "networks": {"test": {"office": {"isolated": "bubble%d"}}, "live": {"office": {"host": "lan"}}}}}
                    """.formatted(index, pgs[index], host, index));
        }
        return "{\"name\": \"plan %s\", \"groups\": [%s]}".formatted(UUID.randomUUID(), groups);
    }

    /** Orders again until the VMs of the groups are known: their events are on their way. */
    private static String order(String plan, String body) {
        String[] run = new String[1];
        Eventually.await("the run can be ordered", LONG, () -> {
            var response = as("recovery").body(body).post("/api/v1/plans/" + plan + "/runs");
            assertThat(response.statusCode()).as(response.asString()).isIn(202, 400, 409);
            run[0] = response.statusCode() == 202 ? response.path("id") : null;
            return run[0] != null;
        });
        return run[0];
    }
}
