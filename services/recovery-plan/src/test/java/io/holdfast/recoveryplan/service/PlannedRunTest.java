package io.holdfast.recoveryplan.service;

import static io.holdfast.recoveryplan.support.Api.as;
import static io.holdfast.recoveryplan.support.Api.awaitState;
import static io.holdfast.recoveryplan.support.Api.report;
import static io.holdfast.recoveryplan.support.Api.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.FenceState;
import io.holdfast.proto.v1.Member;
import io.holdfast.proto.v1.ProtectionEvent;
import io.holdfast.proto.v1.UnsentRanges;
import io.holdfast.proto.v1.VolumeRange;
import io.holdfast.recoveryplan.support.Api;
import io.holdfast.recoveryplan.support.JournalStoreControl;
import io.holdfast.recoveryplan.support.ServiceUnderTest;
import io.holdfast.recoveryplan.support.StandInAgent;
import io.holdfast.recoveryplan.support.StandInAgent.Behaviour;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.kafka.KafkaFixture;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.time.Duration;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Orders, answers and fences go through real Kafka; a {@link StandInAgent} is at the other end, as the source's agent and as that of the recovery host. */
@QuarkusTest
@ServiceUnderTest
@DisplayName("A PLANNED run")
class PlannedRunTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String PLANNED = "{\"mode\": \"PLANNED\", \"shutdown\": {\"grace\": \"PT45S\"}}";

    @ConfigProperty(name = "holdfast.kafka.topic-prefix")
    String topicPrefix;

    private long revision;

    @Test
    void shutsDownWaitsForTheFenceRecoversTheLastCheckpointAndIsReleased() throws Exception {
        try (StandInAgent agent = new StandInAgent(topicPrefix, Behaviour.RUNS)) {
            PgId pg = group(agent, "");
            String vm = JournalStoreControl.vmOf(pg);
            String run = order(plan(pg, agent), PLANNED);

            awaitStep(run, "AWAIT_FENCE", "RETRYING");
            assertThat(agent.shutDowns).singleElement().satisfies(order -> {
                assertThat(order.getVmId()).isEqualTo(vm);
                assertThat(order.getGraceMs()).isEqualTo(45_000);
            });
            assertThat(JournalStoreControl.everOpened(pg)).isEmpty();
            assertThat(run(run).getString("groups[0].sources[0].fence")).isEqualTo("UNKNOWN");
            agent.fence(vm, 1, FenceState.FENCE_FAILED);
            awaitFence(run, "FAILED");
            assertThat(run(run).getString("groups[0].sources[0].fenceCode")).isEqualTo("QMP_GONE");
            assertThat(run(run).getList("groups[0].sources[0].unsent")).isNull();
            String volume = VolumeId.random().toString();
            agent.fence(
                    vm,
                    1,
                    FenceState.FENCED,
                    UnsentRanges.newBuilder()
                            .setVolumeId(volume)
                            .addRanges(VolumeRange.newBuilder()
                                    .setOffsetBytes(1 << 20)
                                    .setLengthBytes(2 << 20))
                            .build());

            JsonPath ready = awaitState(run, "READY", "HALTED", "FAILED");
            assertThat(ready.getString("state")).as(ready.prettify()).isEqualTo("READY");
            assertThat(ready.getString("groups[0].sources[0].fence")).isEqualTo("CONFIRMED");
            assertThat(ready.getList("groups[0].sources[0].unsent.volumeId", String.class))
                    .containsExactly(volume);
            assertThat(ready.getList("groups[0].sources[0].unsent[0].ranges.offsetBytes", Long.class))
                    .containsExactly(1L << 20);
            assertThat(ready.getList("groups[0].sources[0].unsent[0].ranges.lengthBytes", Long.class))
                    .containsExactly(2L << 20);
            assertThat(ready.getString("groups[0].sources[0].shutDown")).isEqualTo("DOWN");
            assertThat(ready.getString("groups[0].ownership")).isEqualTo("TAKEN");
            assertThat(Duration.parse(ready.getString("groups[0].loss.time"))).isZero();
            assertThat(ready.getLong("groups[0].loss.changes")).isZero();
            assertThat(ready.getBoolean("groups[0].loss.nothingUnsent")).isTrue();
            assertThat(Duration.parse(ready.getString("blackout"))).isPositive();
            assertThat(ready.getString("groups[0].machines[0].capture.qmpSocket"))
                    .isEqualTo("/run/machine/capture.qmp");
            assertThat(ready.getString("groups[0].machines[0].capture.disks[0].qemuNode"))
                    .isEqualTo("disk0");

            as("recovery")
                    .post("/api/v1/runs/" + run + "/release")
                    .then()
                    .statusCode(409)
                    .body("code", equalTo("RUN_NOT_COMMITTED"));
            as("recovery").post("/api/v1/runs/" + run + "/commit").then().statusCode(202);
            assertThat(awaitState(run, "SUCCEEDED", "HALTED").getBoolean("committed"))
                    .isTrue();
            assertThat(JournalStoreControl.state(pg)).isEqualTo("FAILED_OVER");
            assertThat(agent.machines()).hasSize(1);
            assertThat(report(run).getString("state")).isEqualTo("SUCCEEDED");

            Api.post("/api/v1/runs/" + run + "/release").then().statusCode(403);
            as("recovery").post("/api/v1/runs/" + run + "/release").then().statusCode(202);
            JsonPath released = awaitState(run, "RELEASED", "FAILED");

            assertThat(released.getBoolean("committed")).isTrue();
            assertThat(agent.machines()).isEmpty();
            assertThat(JournalStoreControl.openSessions(pg)).isEmpty();
            assertThat(JournalStoreControl.state(pg)).as("a person returns it").isEqualTo("FAILED_OVER");
            JsonPath report = report(run);
            assertThat(report.getString("state")).isEqualTo("RELEASED");
            assertThat(report.getBoolean("complete")).isTrue();
            assertThat(report.getString("groups[0].members[0].sources[0].fence"))
                    .isEqualTo("CONFIRMED");
            assertThat(report.getString("groups[0].members[0].checkpointKind")).isEqualTo("USER");
        }
    }

    @Test
    void standsStillWhenTheGuestDoesNotShutDownAndLeavesItToTheFenceIfToldSo() throws Exception {
        try (StandInAgent agent = new StandInAgent(topicPrefix, Behaviour.RUNS)) {
            agent.refuseToShutDown("SHUTDOWN_TIMED_OUT");
            PgId pg = group(agent, "");
            String run = order(plan(pg, agent), PLANNED);

            JsonPath halted = awaitState(run, "HALTED", "READY", "FAILED");
            assertThat(halted.getString("error.code")).as(halted.prettify()).isEqualTo("SHUTDOWN_TIMED_OUT");
            assertThat(JournalStoreControl.state(pg)).isEqualTo("PROTECTED");

            as("recovery")
                    .post("/api/v1/runs/" + run + "/retry?skipShutdown=true")
                    .then()
                    .statusCode(202);
            awaitStep(run, "AWAIT_FENCE", "RETRYING");
            agent.fence(JournalStoreControl.vmOf(pg), 1, FenceState.FENCED);
            assertThat(awaitState(run, "READY", "HALTED").getString("groups[0].sources[0].shutDown"))
                    .isEqualTo("LEFT_TO_FENCE");

            as("recovery").post("/api/v1/runs/" + run + "/rollback").then().statusCode(202);
            JsonPath ended = awaitState(run, "ROLLED_BACK", "FAILED");
            assertThat(ended.getString("groups[0].ownership")).isEqualTo("RETURNED");
            assertThat(ended.getString("groups[0].sources[0].toDo")).contains("start it again");
            assertThat(JournalStoreControl.state(pg)).isEqualTo("RESYNC");
            assertThat(agent.machines()).isEmpty();
        }
    }

    @Test
    void standsStillWhenItsLastCheckpointFails() throws Exception {
        try (StandInAgent agent = new StandInAgent(topicPrefix, Behaviour.RUNS)) {
            PgId pg = group(agent, "&last=fail");
            String run = order(plan(pg, agent), PLANNED);
            awaitStep(run, "AWAIT_FENCE", "RETRYING");
            agent.fence(JournalStoreControl.vmOf(pg), 1, FenceState.FENCED);

            assertThat(awaitState(run, "HALTED", "READY").getString("error.code"))
                    .isEqualTo("AGENT_GONE");
            assertThat(JournalStoreControl.everOpened(pg)).isEmpty();
        }
    }

    @Test
    void isRefusedUnlessEveryGroupIsProtectedAndItsAgentsAreKnown() throws Exception {
        try (StandInAgent agent = new StandInAgent(topicPrefix, Behaviour.RUNS)) {
            PgId pg = JournalStoreControl.group("");
            String plan = plan(pg, agent);

            refused(plan, PLANNED, 409, "GROUP_NOT_PROTECTED", "not known");
            tell(pg, "RESYNC", agent.agent.toString());
            awaitRefusal(plan, "GROUP_NOT_PROTECTED", "is RESYNC");
            tell(pg, "PROTECTED", "");
            awaitRefusal(plan, "MACHINES_UNKNOWN", "agent of the VM 'vm'");
        }
    }

    @Test
    void takesNoPointsAndOnlyGracesThatAgentsTake() throws Exception {
        try (StandInAgent agent = new StandInAgent(topicPrefix, Behaviour.RUNS)) {
            PgId pg = group(agent, "");
            String plan = plan(pg, agent);
            String points = "{\"mode\": \"PLANNED\", \"points\": {\"%s\": {\"latest\": true}}}".formatted(pg);
            awaitRefusal(plan, points, "INVALID_REQUEST", "");
            refused(plan, "{\"mode\": \"PLANNED\", \"shutdown\": {\"grace\": \"PT11M\"}}", 400, "INVALID_REQUEST", "");
            refused(plan, "{\"mode\": \"PLANNED\", \"shutdown\": {\"grace\": \"PT0.5S\"}}", 400, "INVALID_REQUEST", "");
            refused(plan, "{\"mode\": \"UNPLANNED\", \"shutdown\": {\"skip\": true}}", 400, "INVALID_REQUEST", "");
            Api.operator()
                    .body(PLANNED)
                    .post("/api/v1/plans/" + plan + "/runs")
                    .then()
                    .statusCode(403);
        }
    }

    private static void refused(String plan, String body, int status, String code, String detail) {
        as("recovery")
                .body(body)
                .post("/api/v1/plans/" + plan + "/runs")
                .then()
                .statusCode(status)
                .body("code", equalTo(code))
                .body("detail", containsString(detail));
    }

    private static void awaitRefusal(String plan, String code, String detail) {
        awaitRefusal(plan, PLANNED, code, detail);
    }

    /** What was told of the group is on its way. */
    private static void awaitRefusal(String plan, String body, String code, String detail) {
        Eventually.until("the order is refused with " + code, LONG, () -> {
            Response response = as("recovery").body(body).post("/api/v1/plans/" + plan + "/runs");
            assertThat(response.<String>path("code")).as(response.asString()).isEqualTo(code);
            assertThat(response.<String>path("detail")).contains(detail);
        });
    }

    private static void awaitStep(String run, String kind, String state) {
        Eventually.until(kind + " is " + state, LONG, () -> {
            JsonPath now = run(run);
            assertThat(now.getString("steps.find { it.kind == '%s' }.state".formatted(kind)))
                    .as(now.prettify())
                    .isEqualTo(state);
        });
    }

    private static void awaitFence(String run, String fence) {
        Eventually.until(
                "the fence is " + fence, LONG, () -> assertThat(run(run).getString("groups[0].sources[0].fence"))
                        .isEqualTo(fence));
    }

    private PgId group(StandInAgent agent, String behaviour) {
        PgId pg = JournalStoreControl.group("agent=" + agent.agent + behaviour);
        tell(pg, "PROTECTED", agent.agent.toString());
        return pg;
    }

    /** @param agent empty = none is named */
    private void tell(PgId pg, String lifecycle, String agent) {
        KafkaFixture.shared()
                .write(
                        topicPrefix + "protection-events",
                        0,
                        pg.toString(),
                        ProtectionEvent.newBuilder()
                                .setPgId(pg.toString())
                                .setRevision(++revision)
                                .setName("group")
                                .setLifecycle(lifecycle)
                                .addMembers(Member.newBuilder()
                                        .setVmId(JournalStoreControl.vmOf(pg))
                                        .setVmName("vm")
                                        .setAgentId(agent))
                                .build()
                                .toByteArray());
    }

    private static String plan(PgId pg, StandInAgent agent) {
        return Api.createPlan("""
                {"name": "plan %s", "groups": [{"name": "g", "pgIds": ["%s"], "powerOn": true,
                  "readiness": {"type": "MACHINES", "timeout": "PT60S", "probes": [{"type": "TCP", "address": "10.0.0.5", "port": 5432}]},
                  "machines": {"hosts": ["%s"], "networks": {"live": {"office": {"host": "lan"}}}}}]}
                """.formatted(UUID.randomUUID(), pg, agent.host));
    }

    /** Orders again until the group is known: its event is on its way. */
    private static String order(String plan, String body) {
        String[] run = new String[1];
        Eventually.await("the run can be ordered", LONG, () -> {
            Response response = as("recovery").body(body).post("/api/v1/plans/" + plan + "/runs");
            assertThat(response.statusCode()).as(response.asString()).isIn(202, 409);
            run[0] = response.statusCode() == 202 ? response.path("id") : null;
            return run[0] != null;
        });
        return run[0];
    }
}
