package io.holdfast.recoveryplan.service;

import static io.holdfast.recoveryplan.support.Api.as;
import static io.holdfast.recoveryplan.support.Api.awaitState;
import static io.holdfast.recoveryplan.support.Api.createPlan;
import static io.holdfast.recoveryplan.support.Api.report;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.PgId;
import io.holdfast.proto.v1.Member;
import io.holdfast.proto.v1.ProtectionEvent;
import io.holdfast.recoveryplan.support.JournalStoreControl;
import io.holdfast.recoveryplan.support.NameServer;
import io.holdfast.recoveryplan.support.NameServerResource;
import io.holdfast.recoveryplan.support.ServiceUnderTest;
import io.holdfast.recoveryplan.support.StandInAgent;
import io.holdfast.recoveryplan.support.StandInAgent.Behaviour;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.kafka.KafkaFixture;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** With a real name server, which is asked by a client of its own; a {@link StandInAgent} runs the machines. */
@QuarkusTest
@ServiceUnderTest
@QuarkusTestResource(value = NameServerResource.class, restrictToAnnotatedClass = true)
@DisplayName("A run that leads a name elsewhere")
class DnsRunTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final List<String> OLD = List.of("192.0.2.1");

    @ConfigProperty(name = "holdfast.kafka.topic-prefix")
    String topicPrefix;

    NameServer names;

    private final String name = "app" + UUID.randomUUID().toString().substring(0, 8) + ".example.test";

    @BeforeEach
    void namesLeadToTheSource() {
        names.put(name, "A", 7200, OLD);
    }

    @Test
    void hasItLeadToTheMachineAndBackWhenItIsRolledBack() throws Exception {
        try (StandInAgent agent = new StandInAgent(topicPrefix, Behaviour.RUNS)) {
            PgId pg = protectedGroup();
            String plan = createPlan(plan(pg, agent));
            JsonPath shown = as("viewer").get("/api/v1/plans/" + plan).jsonPath();
            assertThat(shown.getString("groups[0].dns[0].server")).isEqualTo("paris");
            assertThat(shown.getString("groups[0].dns[0].ttl")).isEqualTo("PT1M");
            assertThat(shown.getString("groups[0].dns[0].live"))
                    .as("that of the card")
                    .isNull();
            JsonPath lint =
                    as("viewer").get("/api/v1/plans/" + plan + "/preflight").jsonPath();
            assertThat(lint.getList("findings.code", String.class))
                    .contains("DNS_TTL_LONG")
                    .doesNotContain("DNS_NOT_ALLOWED", "DNS_UNREACHABLE", "DNS_RECORD_UNEXPECTED");

            String id = order(plan);
            JsonPath ready = awaitState(id, "READY", "HALTED", "FAILED");
            assertThat(ready.getString("state")).as(ready.prettify()).isEqualTo("READY");
            assertThat(names.dig(name, "A")).containsExactly("198.51.100.7");
            assertThat(ready.getString("steps.find { it.kind == 'READ_DNS' }.detail"))
                    .contains("192.0.2.1 (TTL 7200 s)");
            assertThat(ready.getString("steps.find { it.kind == 'UPDATE_DNS' }.detail"))
                    .contains("198.51.100.7 (TTL 60 s)");

            as("recovery").post("/api/v1/runs/" + id + "/rollback").then().statusCode(202);
            JsonPath back = awaitState(id, "ROLLED_BACK", "FAILED");
            assertThat(back.getString("state")).as(back.prettify()).isEqualTo("ROLLED_BACK");
            assertThat(names.dig(name, "A")).isEqualTo(OLD);
            assertThat(report(id).prettify()).contains("RESTORE_DNS", "192.0.2.1 (TTL 7200 s) again");
        }
    }

    @Test
    void leavesWhatSomebodyHasWrittenMeanwhileAndTouchesNothingInARehearsal() throws Exception {
        try (StandInAgent agent = new StandInAgent(topicPrefix, Behaviour.RUNS)) {
            PgId pg = protectedGroup();
            String plan = createPlan(plan(pg, agent));
            String failover = order(plan);
            awaitState(failover, "READY", "HALTED", "FAILED");
            names.put(name, "A", 30, List.of("203.0.113.9"));
            as("recovery").post("/api/v1/runs/" + failover + "/rollback").then().statusCode(202);
            JsonPath back = awaitState(failover, "ROLLED_BACK", "FAILED");
            assertThat(names.dig(name, "A")).containsExactly("203.0.113.9");
            assertThat(back.getString("steps.find { it.kind == 'RESTORE_DNS' }.detail"))
                    .contains("NOT restored", "203.0.113.9");

            String test = as("operator")
                    .body("{\"mode\": \"TEST\"}")
                    .post("/api/v1/plans/" + plan + "/runs")
                    .then()
                    .statusCode(202)
                    .extract()
                    .path("id");
            JsonPath rehearsed = awaitState(test, "READY", "FAILED");
            assertThat(rehearsed.getString("state")).as(rehearsed.prettify()).isEqualTo("READY");
            assertThat(rehearsed.getList("steps.kind", String.class))
                    .doesNotContain("READ_DNS", "UPDATE_DNS", "RESTORE_DNS");
            as("operator").post("/api/v1/runs/" + test + "/finish").then().statusCode(202);
            awaitState(test, "SUCCEEDED", "FAILED");
            assertThat(names.dig(name, "A")).containsExactly("203.0.113.9");
        }
    }

    @Test
    void isRefusedWhenTheSettingsDoNotKnowItsServerOrItsZone() throws Exception {
        try (StandInAgent agent = new StandInAgent(topicPrefix, Behaviour.RUNS)) {
            PgId pg = protectedGroup();
            String body = plan(pg, agent);
            for (String wrong :
                    List.of(body.replace("\"paris\"", "\"london\""), body.replace(name, "app.example.org"))) {
                String plan = createPlan(wrong.replace("\"name\": \"plan", "\"name\": \"other " + UUID.randomUUID()));
                JsonPath lint =
                        as("viewer").get("/api/v1/plans/" + plan + "/preflight").jsonPath();
                assertThat(lint.getList("findings.findAll { it.severity == 'ERROR' && it.blocks }.code", String.class))
                        .contains("DNS_NOT_ALLOWED");
            }
        }
    }

    private String plan(PgId pg, StandInAgent agent) {
        return """
                {"name": "plan %s", "groups": [{"name": "g", "pgIds": ["%s"], "powerOn": true, "readiness": {"type": "MACHINES", "timeout": "PT60S"},
                  "machines": {"hosts": ["%s"], "networks": {"test": {"office": {"isolated": "bubble"}}, "live": {"office": {"host": "lan"}}},
                    "cards": [{"vmId": "%s", "nic": "eth0", "live": {"addresses": ["198.51.100.7/24"]}}]},
                  "dns": [{"server": "paris", "name": "%s", "type": "A", "vmId": "%s"}]}]}""".formatted(
                UUID.randomUUID(), pg, agent.host, JournalStoreControl.vmOf(pg), name, JournalStoreControl.vmOf(pg));
    }

    private PgId protectedGroup() {
        PgId pg = JournalStoreControl.group("");
        ProtectionEvent event = ProtectionEvent.newBuilder()
                .setPgId(pg.toString())
                .setRevision(1)
                .setName("group")
                .setLifecycle("PROTECTED")
                .addMembers(Member.newBuilder()
                        .setVmId(JournalStoreControl.vmOf(pg))
                        .setVmName("vm"))
                .build();
        KafkaFixture.shared().write(topicPrefix + "protection-events", 0, pg.toString(), event.toByteArray());
        return pg;
    }

    /** Orders again until the VMs of the group are known: their event is on its way. */
    private static String order(String plan) {
        String[] run = new String[1];
        Eventually.await("the run can be ordered", LONG, () -> {
            var response = as("recovery")
                    .body("{\"mode\": \"UNPLANNED\", \"commitPolicy\": \"NONE\"}")
                    .post("/api/v1/plans/" + plan + "/runs");
            assertThat(response.statusCode()).as(response.asString()).isIn(202, 400, 409);
            run[0] = response.statusCode() == 202 ? response.path("id") : null;
            return run[0] != null;
        });
        return run[0];
    }
}
