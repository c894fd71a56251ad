package io.holdfast.recoveryplan.service;

import static io.holdfast.recoveryplan.support.Api.as;
import static io.holdfast.recoveryplan.support.Api.awaitState;
import static io.holdfast.recoveryplan.support.Api.report;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.PgId;
import io.holdfast.proto.v1.RunGuestCommand;
import io.holdfast.proto.v1.StartMachine;
import io.holdfast.recoveryplan.support.Api;
import io.holdfast.recoveryplan.support.JournalStoreControl;
import io.holdfast.recoveryplan.support.ServiceUnderTest;
import io.holdfast.recoveryplan.support.StandInAgent;
import io.holdfast.recoveryplan.support.StandInAgent.Behaviour;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Orders and reports go through real Kafka and PostgreSQL; a {@link StandInAgent} is at the other end. */
@QuarkusTest
@ServiceUnderTest
@DisplayName("A run with commands in guests")
class GuestHookRunTest {
    @ConfigProperty(name = "holdfast.kafka.topic-prefix")
    String topicPrefix;

    @Test
    void ordersThemOfTheMachineThatItStartedAndShowsWhatTheySaid() throws Exception {
        try (StandInAgent agent = new StandInAgent(topicPrefix, Behaviour.RUNS)) {
            PgId pg = MachineRunTest.protectedGroup(topicPrefix, "");
            String vm = JournalStoreControl.vmOf(pg);
            String plan = Api.createPlan("""
                    {"name": "plan %s", "groups": [{"name": "g", "pgIds": ["%s"], "powerOn": true,
                      "machines": {"hosts": ["%s"], "networks": {"test": {"office": {"isolated": "bubble"}}},
                        "cards": [{"vmId": "%s", "nic": "eth0", "test": {"mac": "02:00:00:00:00:05", "addresses": ["10.9.0.5/24"], "dnsServers": ["10.9.0.2"]}}]},
                      "readiness": {"type": "MACHINES", "probes": [{"type": "TCP", "port": 5432}]},
                      "hooks": {"after": [{"name": "group", "inTest": true, "guest": {"vmId": "%s", "path": "/bin/of-group"}}],
                        "machines": [{"vmId": "%s",
                          "afterReady": [{"name": "ready", "inTest": true, "guest": {"path": "/bin/ready", "arguments": ["a b"]}}],
                          "beforeStop": [{"name": "stop", "inTest": true, "guest": {"path": "/bin/fail"}}]}]}}]}""".formatted(UUID.randomUUID(), pg, agent.host, vm, vm, vm));
            JsonPath shown = as("viewer").get("/api/v1/plans/" + plan).jsonPath();
            assertThat(shown.getString("groups[0].hooks.machines[0].afterReady[0].guest.path"))
                    .as(shown.prettify())
                    .isEqualTo("/bin/ready");
            assertThat(shown.getString("groups[0].machines.cards[0].test.mac")).isEqualTo("02:00:00:00:00:05");

            String run = MachineRunTest.order(as("operator"), plan, "{\"mode\": \"TEST\"}");
            JsonPath ready = awaitState(run, "READY", "FAILED");

            assertThat(ready.getString("state")).as(ready.prettify()).isEqualTo("READY");
            StartMachine start = agent.started.getFirst();
            assertThat(start.getSpec().getNics(0).getMac()).isEqualTo("02:00:00:00:00:05");
            assertThat(start.getLinks(0).getGuest().getAddressesList()).containsExactly("10.9.0.5/24");
            assertThat(start.getProbes(0).getTcp().getAddress()).isEqualTo("10.9.0.5");
            assertThat(start.getProbes(0).getTcp().getNic()).isEqualTo("eth0");
            assertThat(agent.guestCommands)
                    .extracting(RunGuestCommand::getPath)
                    .containsExactly("/bin/ready", "/bin/of-group");
            assertThat(agent.guestCommands.getFirst()).satisfies(command -> {
                assertThat(command.getMachineId()).isEqualTo(start.getMachineId());
                assertThat(command.getArgumentsList()).containsExactly("a b");
                assertThat(command.getKey()).contains(run, "after-ready-hook");
                assertThat(command.getAttempt()).isEqualTo(1);
                assertThat(command.getTimeoutMs()).isEqualTo(60_000);
            });
            Api.post("/api/v1/runs/" + run + "/finish").then().statusCode(202);
            JsonPath ended = awaitState(run, "SUCCEEDED", "FAILED");

            assertThat(ended.getString("state")).as(ended.prettify()).isEqualTo("SUCCEEDED");
            assertThat(agent.machines()).isEmpty();
            JsonPath report = report(run);
            String step = "steps.find { it.id == '%s' }.%s";
            assertThat(report.getString(step.formatted("1.after-ready-hook.1.1", "evidence")))
                    .as(report.prettify())
                    .isEqualTo("/bin/ready said this");
            assertThat(report.getString(step.formatted("1.before-stop-hook.1.1", "state")))
                    .isEqualTo("FAILED");
            assertThat(report.getString(step.formatted("1.before-stop-hook.1.1", "detail")))
                    .contains("GUEST_COMMAND_FAILED", "exit code 3");
        }
    }
}
