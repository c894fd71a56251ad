package io.holdfast.inventory.adapter;

import static io.restassured.RestAssured.given;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.platform.kafka.HoldfastKafka;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.platform.security.Roles;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.proto.v1.AgentEvent;
import io.holdfast.proto.v1.CommandResult;
import io.holdfast.proto.v1.InventoryReport;
import io.holdfast.proto.v1.SessionOpened;
import io.holdfast.proto.v1.VmReport;
import io.holdfast.proto.v1.VolumeReportEntry;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.kafka.KafkaFixture;
import io.holdfast.testkit.postgres.PostgresFixture;
import io.holdfast.testkit.security.TestTokens;
import io.restassured.path.json.JsonPath;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;

/** The service with a real broker and a real database, and what a test needs to play router, agent and user. */
abstract class InventoryHarness {
    static final Duration LIMIT = Duration.ofSeconds(40);
    static final String LOCAL_SITE = "5173cafe-0000-4000-8000-000000000001";
    private static final AtomicLong TICKS = new AtomicLong();

    final AgentId agent = AgentId.random();
    final HostId host = HostId.random();
    final SiteId site = SiteId.random();
    final String hardware = UUID.randomUUID().toString();

    @Inject
    HoldfastKafka kafka;

    @BeforeEach
    void aConnectedHost() {
        KafkaFixture.shared().start();
        PostgresFixture.shared().start();
        event(AgentEvent.newBuilder()
                .setSessionOpened(SessionOpened.newBuilder()
                        .setSiteId(site.toString())
                        .setHostId(host.toString())
                        .setHostName("kvm-1")
                        .setInstanceId("i1")
                        .setRouterId("r1")
                        .setSoftwareVersion("1.0")));
        report(host);
        Eventually.await(
                "the host is known",
                LIMIT,
                () -> viewer().get("/api/v1/hosts/" + host).statusCode() == 200);
    }

    static RequestSpecification viewer() {
        return given().auth().oauth2(TestTokens.token("vera", Roles.VIEWER));
    }

    static RequestSpecification admin() {
        return given().auth().oauth2(TestTokens.token("adam", Roles.ADMIN)).contentType("application/json");
    }

    /** Later than every event before: routers date their events. */
    static long nextMicros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()) + TICKS.incrementAndGet();
    }

    AgentEvent event(AgentEvent.Builder event) {
        AgentEvent built =
                event.setAgentId(agent.toString()).setAtMicros(nextMicros()).build();
        kafka.topics().ensure(Topic.AGENT_EVENTS);
        kafka.producer().sendAndWait(Topic.AGENT_EVENTS, agent.toString(), built);
        return built;
    }

    AgentEvent report(HostId as, VmReport... vms) {
        return event(AgentEvent.newBuilder()
                .setInventory(InventoryReport.newBuilder()
                        .setHostId(as.toString())
                        .setHostName("kvm-1")
                        .setHardwareUuid(hardware)
                        .setMemoryBytes(1L << 34)
                        .setCpuCount(8)
                        .setNbdAddress("10.0.0.1:10809")
                        .addAllVms(List.of(vms))));
    }

    static VmReport served(JsonPath vm) {
        var report = VmReport.newBuilder()
                .setVmId(vm.getString("id"))
                .setName(vm.getString("name"))
                .setNativeId("n1");
        for (int i = 0; i < vm.getList("volumes").size(); i++) {
            report.addVolumes(VolumeReportEntry.newBuilder()
                    .setVolumeId(vm.getString("volumes[%d].id".formatted(i)))
                    .setName(vm.getString("volumes[%d].name".formatted(i)))
                    .setBacking(vm.getString("volumes[%d].backing".formatted(i)))
                    .setSerial("HF" + i)
                    .setSizeBytes(1 << 20)
                    .setNbdExport("vm/" + i)
                    .setProtectable(true));
        }
        return report.build();
    }

    static String body(HostId host, String name, String... backings) {
        var volumes = new StringBuilder();
        for (int i = 0; i < backings.length; i++) {
            volumes.append(i == 0 ? "" : ",")
                    .append("{\"name\":\"disk%d\",\"backing\":\"%s\"}".formatted(i, backings[i]));
        }
        return "{\"hostId\":\"%s\",\"name\":\"%s\",\"volumes\":[%s]}".formatted(host, name, volumes);
    }

    JsonPath request(String name) {
        return admin().body(body(host, name, "/disks/" + UUID.randomUUID()))
                .post("/api/v1/vms")
                .then()
                .statusCode(202)
                .extract()
                .jsonPath();
    }

    static JsonPath vm(String id) {
        return viewer().get("/api/v1/vms/" + id)
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();
    }

    static void awaitState(String id, String state) {
        Eventually.await(
                "vm is " + state, LIMIT, () -> vm(id).getString("state").equals(state), () -> vm(id).prettify());
    }

    JsonPath attached(String name) {
        JsonPath vm = request(name);
        report(host, served(vm));
        awaitState(vm.getString("id"), "ATTACHED");
        return vm(vm.getString("id"));
    }

    <M extends MessageLite> List<M> read(Topic topic, String key, Parser<M> parser) {
        return KafkaFixture.shared().readAll(kafka.nameOf(topic)).stream()
                .filter(record -> record.value() != null && new String(record.key()).equals(key))
                .map(record -> {
                    try {
                        return parser.parseFrom(record.value());
                    } catch (Exception malformed) {
                        throw new AssertionError(malformed);
                    }
                })
                .toList();
    }

    AgentCommand awaitCommand(int count) {
        Eventually.await(
                "%d commands for the agent".formatted(count),
                LIMIT,
                () -> read(Topic.AGENT_COMMANDS, agent.toString(), AgentCommand.parser())
                                .size()
                        == count,
                () -> read(Topic.AGENT_COMMANDS, agent.toString(), AgentCommand.parser())
                        .toString());
        return read(Topic.AGENT_COMMANDS, agent.toString(), AgentCommand.parser())
                .getLast();
    }

    void answer(AgentCommand command, String errorCode) {
        event(AgentEvent.newBuilder()
                .setCommandResult(CommandResult.newBuilder()
                        .setCommandId(command.getCommandId())
                        .setOk(errorCode.isEmpty())
                        .setErrorCode(errorCode)
                        .setMessage(errorCode.isEmpty() ? "" : "it does not work")));
    }
}
