package io.holdfast.inventory.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.proto.v1.AgentEvent;
import io.holdfast.proto.v1.DeadLetter;
import io.holdfast.proto.v1.InventoryEvent;
import io.holdfast.proto.v1.InventoryReport;
import io.holdfast.proto.v1.SessionClosed;
import io.holdfast.proto.v1.VmReport;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.kafka.KafkaFixture;
import io.holdfast.testkit.postgres.PostgresFixture;
import io.holdfast.testkit.quarkus.KafkaTestResource;
import io.holdfast.testkit.quarkus.PostgresTestResource;
import io.holdfast.testkit.quarkus.SecurityTestResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What becomes of VMs and hosts, from the request over the agent's events to what the other services are told. */
@QuarkusTest
@QuarkusTestResource(KafkaTestResource.class)
@QuarkusTestResource(PostgresTestResource.class)
@QuarkusTestResource(SecurityTestResource.class)
class InventoryTest extends InventoryHarness {
    @Test
    void a_vm_is_ordered_served_shown_and_told_to_the_other_services() {
        Response reply = admin().body(body(host, "db", "/disks/" + agent)).post("/api/v1/vms");
        reply.then().statusCode(202).body("state", equalTo("REQUESTED"));
        String id = reply.jsonPath().getString("id");
        assertThat(reply.header("Location")).endsWith("/api/v1/vms/" + id);

        AgentCommand command = awaitCommand(1);
        assertThat(command.getAttachVm().getVmId()).isEqualTo(id);
        assertThat(command.getAttachVm().getVolumes(0).getVolumeId())
                .isEqualTo(reply.jsonPath().getString("volumes[0].id"));
        assertThat(command.getExpiresAtMicros() - command.getIssuedAtMicros()).isEqualTo(10_000_000);

        answer(command, "");
        report(host, served(reply.jsonPath()));
        awaitState(id, "ATTACHED");
        Eventually.until("the report is shown", LIMIT, () -> viewer().get("/api/v1/vms/" + id)
                .then()
                .body("volumes[0].sizeBytes", equalTo(1 << 20))
                .body("volumes[0].protectable", equalTo(true))
                .body("volumes[0].nbdAddress", equalTo("10.0.0.1:10809"))
                .body("agentId", equalTo(agent.toString()))
                .body("siteId", equalTo(site.toString())));

        Eventually.until("the VM is told", LIMIT, () -> {
            InventoryEvent told =
                    read(Topic.INVENTORY_EVENTS, id, InventoryEvent.parser()).getLast();
            assertThat(told.getVm().getAgentId()).isEqualTo(agent.toString());
            assertThat(told.getVm().getVolumes(0).getSizeBytes()).isEqualTo(1 << 20);
            assertThat(told.getVm().getVolumes(0).getProtectable()).isTrue();
        });
        var revisions = read(Topic.INVENTORY_EVENTS, id, InventoryEvent.parser()).stream()
                .map(InventoryEvent::getRevision)
                .toList();
        assertThat(revisions).isSorted().doesNotHaveDuplicates();
        String volume = reply.jsonPath().getString("volumes[0].id");
        viewer().get("/api/v1/volumes/" + volume).then().statusCode(200).body("vmId", equalTo(id));
    }

    @Test
    void a_refused_command_and_one_that_nobody_answers_are_shown_with_their_code() {
        String refused = request("refused").getString("id");
        answer(awaitCommand(1), "BACKING_MISSING");
        awaitState(refused, "REJECTED");
        assertThat(vm(refused).getString("reasonCode")).isEqualTo("BACKING_MISSING");
        assertThat(vm(refused).getString("reason")).isEqualTo("it does not work");

        String expired = request("expired").getString("id");
        answer(awaitCommand(2), "COMMAND_EXPIRED");
        awaitState(expired, "REJECTED");
        assertThat(vm(expired).getString("reasonCode")).isEqualTo("COMMAND_EXPIRED");

        admin().delete("/api/v1/vms/" + refused).then().statusCode(204);
        viewer().get("/api/v1/vms/" + refused).then().statusCode(404).body("code", equalTo("VM_NOT_FOUND"));
    }

    @Test
    void a_detach_ends_with_a_tombstone() {
        String id = attached("db").getString("id");
        admin().delete("/api/v1/vms/" + id).then().statusCode(202).body("state", equalTo("DETACHING"));
        AgentCommand command = awaitCommand(2);
        assertThat(command.getDetachVm().getVmId()).isEqualTo(id);
        answer(command, "");
        Eventually.await(
                "the VM is gone", LIMIT, () -> viewer().get("/api/v1/vms/" + id).statusCode() == 404);
        Eventually.await(
                "its last record is a tombstone",
                LIMIT,
                () -> KafkaFixture.shared().readAll(kafka.nameOf(Topic.INVENTORY_EVENTS)).stream()
                                .filter(record -> new String(record.key()).equals(id))
                                .toList()
                                .getLast()
                                .value()
                        == null);
    }

    @Test
    void a_vm_that_is_reported_no_more_is_missing() {
        String id = attached("db").getString("id");
        report(host);
        awaitState(id, "MISSING");
        assertThat(vm(id).getString("volumes[0].reasonCode")).isEqualTo("VM_MISSING");
        assertThat(vm(id).getBoolean("volumes[0].protectable")).isFalse();
    }

    @Test
    void the_agents_connection_is_shown_and_told() {
        viewer().get("/api/v1/hosts/" + host).then().body("agentConnected", equalTo(true));
        event(AgentEvent.newBuilder()
                .setSessionClosed(SessionClosed.newBuilder()
                        .setInstanceId("i1")
                        .setRouterId("r1")
                        .setReason("CONNECTION_LOST")));
        Eventually.until("disconnected", LIMIT, () -> viewer().get("/api/v1/hosts/" + host)
                .then()
                .body("agentConnected", equalTo(false)));
        viewer().get("/api/v1/agents/" + agent).then().body("reasonCode", equalTo("CONNECTION_LOST"));
        Eventually.until("told", LIMIT, () -> {
            var told = read(Topic.INVENTORY_EVENTS, host.toString(), InventoryEvent.parser())
                    .getLast();
            assertThat(told.getHost().getAgentConnected()).isFalse();
            assertThat(told.getHost().getConnectionChangedAtMicros()).isPositive();
        });
    }

    @Test
    void a_host_that_comes_back_under_another_id_keeps_its_identity_and_its_vms() {
        String id = attached("db").getString("id");
        JsonPath vm = vm(id);
        HostId newId = HostId.random();
        report(newId, served(vm));
        Eventually.await(
                "the alias is known",
                LIMIT,
                () -> viewer().get("/api/v1/hosts/" + newId).statusCode() == 200);
        assertThat(viewer().get("/api/v1/hosts/" + newId).jsonPath().getString("id"))
                .isEqualTo(host.toString());
        assertThat(vm(id).getString("state")).isEqualTo("ATTACHED");
        assertThat(vm(id).getString("hostId")).isEqualTo(host.toString());
    }

    @Test
    void duplicates_late_events_and_poison_harm_nothing_and_poison_is_kept_with_its_cause() {
        AgentEvent first = report(host);
        String id = attached("db").getString("id");
        long revision =
                read(Topic.INVENTORY_EVENTS, id, InventoryEvent.parser()).size();
        String topic = kafka.nameOf(Topic.AGENT_EVENTS);
        KafkaFixture.shared().write(topic, 0, agent.toString(), new byte[] {(byte) 0xff, (byte) 0xff});
        kafka.producer().sendAndWait(Topic.AGENT_EVENTS, agent.toString(), first);
        kafka.producer().sendAndWait(Topic.AGENT_EVENTS, agent.toString(), first);
        AgentEvent noId = event(AgentEvent.newBuilder()
                .setInventory(
                        InventoryReport.newBuilder().setHostId("1-1-1-1-1").setHostName("\u0000")));
        event(AgentEvent.newBuilder());
        VmId marker = VmId.random();
        report(
                host,
                served(vm(id)),
                VmReport.newBuilder()
                        .setVmId(marker.toString())
                        .setName("mark\u0000er")
                        .build());
        awaitState(marker.toString(), "ATTACHED");
        assertThat(vm(marker.toString()).getString("name")).isEqualTo("marker");
        assertThat(vm(id).getString("state"))
                .as("the late report without it does not count")
                .isEqualTo("ATTACHED");
        assertThat(read(Topic.INVENTORY_EVENTS, id, InventoryEvent.parser())).hasSize((int) revision);
        var letters = KafkaFixture.shared().readAll(topic + ".dlq").stream()
                .filter(record -> new String(record.key()).equals(agent.toString()))
                .map(record -> {
                    try {
                        return DeadLetter.parseFrom(record.value());
                    } catch (Exception malformed) {
                        throw new AssertionError(malformed);
                    }
                })
                .toList();
        assertThat(letters).extracting(DeadLetter::getCode).containsExactly("MALFORMED_DATA", "INVALID_ID");
        assertThat(letters.getLast().getValue()).isEqualTo(noId.toByteString());
    }

    @Test
    void a_vm_that_was_asked_for_while_kafka_was_down_is_ordered_when_kafka_is_back() {
        KafkaFixture.shared().stop();
        JsonPath vm = request("patient");
        assertThat(vm.getString("state")).isEqualTo("REQUESTED");
        viewer().get("/q/health/ready").then().statusCode(200);
        KafkaFixture.shared().start();
        assertThat(awaitCommand(1).getAttachVm().getVmId()).isEqualTo(vm.getString("id"));
    }

    @Test
    void a_running_machine_is_ordered_with_its_sockets_and_shown_as_the_agent_captures_it() {
        var reply = admin().body("""
                        {"hostId":"%s","name":"live","capture":
                          {"mode":"INTERVAL","qmpSocket":"/run/q.sock","guestAgentSocket":"/run/ga.sock","intervalMs":300000},
                         "volumes":[{"name":"root","backing":"/disks/live.qcow2","format":"qcow2","qemuNode":"drive0"}]}
                        """.formatted(host))
                .post("/api/v1/vms")
                .then()
                .statusCode(202)
                .extract();

        var attach = awaitCommand(1).getAttachVm();
        assertThat(attach.getCapture()).isEqualTo(io.holdfast.proto.v1.CaptureMode.INTERVAL);
        assertThat(attach.getQmpSocket()).isEqualTo("/run/q.sock");
        assertThat(attach.getGuestAgentSocket()).isEqualTo("/run/ga.sock");
        assertThat(attach.getIntervalMs()).isEqualTo(300_000);
        assertThat(attach.getVolumes(0).getFormat()).isEqualTo("qcow2");
        assertThat(attach.getVolumes(0).getQemuNode()).isEqualTo("drive0");
        viewer().get("/api/v1/vms/" + reply.jsonPath().getString("id"))
                .then()
                .body("volumes[0].capture", equalTo("INTERVAL"));
    }

    private VmReport tapped(JsonPath vm, String captureId) {
        VmReport.Builder report = served(vm).toBuilder();
        report.getVolumesBuilder(0)
                .setCapture(io.holdfast.proto.v1.CaptureMode.TAP)
                .setCaptureId(captureId);
        return report.build();
    }

    private void awaitCapture(JsonPath vm, String expected) {
        Eventually.await(
                "capture " + expected,
                LIMIT,
                () -> Objects.equals(
                        viewer().get("/api/v1/vms/" + vm.getString("id"))
                                .jsonPath()
                                .getString("volumes[0].captureId"),
                        expected));
    }

    @Test
    void a_tapped_disk_shows_the_capture_that_its_agent_reported_last_and_none_over_a_gap() {
        JsonPath vm = request("tapped");
        awaitCommand(1);
        report(host, tapped(vm, "6f1c0a8e-0000-4000-8000-000000000001"));
        awaitCapture(vm, "6f1c0a8e-0000-4000-8000-000000000001");

        report(host, tapped(vm, ""));
        awaitCapture(vm, null);

        report(host, tapped(vm, "no id; drop table"));
        report(host, tapped(vm, "second"));
        awaitCapture(vm, "second");
    }

    @Test
    void a_database_that_is_away_is_said_and_events_wait_for_it() {
        JsonPath vm = request("db");
        awaitCommand(1);
        PostgresFixture.shared().stop();
        report(host, served(vm));
        viewer().get("/api/v1/vms").then().statusCode(503).body("code", equalTo("DEPENDENCY_UNAVAILABLE"));
        PostgresFixture.shared().start();
        Eventually.await(
                "the database is back", LIMIT, () -> viewer().get("/api/v1/vms").statusCode() == 200);
        awaitState(vm.getString("id"), "ATTACHED");
    }
}
