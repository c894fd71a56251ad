package io.holdfast.protectiongroup.adapter;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.holdfast.platform.kafka.HoldfastKafka;
import io.holdfast.platform.kafka.ProtoProducer;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.platform.security.Roles;
import io.holdfast.proto.v1.InventoryEvent;
import io.holdfast.proto.v1.Policy;
import io.holdfast.proto.v1.VmState;
import io.holdfast.proto.v1.VolumeReportEntry;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.kafka.KafkaFixture;
import io.holdfast.testkit.quarkus.KafkaTestResource;
import io.holdfast.testkit.quarkus.PostgresTestResource;
import io.holdfast.testkit.quarkus.SecurityTestResource;
import io.holdfast.testkit.security.TestTokens;
import io.quarkus.test.common.QuarkusTestResource;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;

/** The service with real Kafka and PostgreSQL: a person speaks REST, the other parts of Holdfast speak over topics. */
@QuarkusTestResource(KafkaTestResource.class)
@QuarkusTestResource(PostgresTestResource.class)
@QuarkusTestResource(SecurityTestResource.class)
abstract class ServiceTest {
    static final String PATH = "/api/v1/protection-groups";
    static final Duration SOON = Duration.ofSeconds(60);

    @Inject
    HoldfastKafka kafka;

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    /** A VM as the inventory knows it. */
    record Vm(String id, String name, String agent, List<String> volumes) {
        static Vm withVolumes(int count) {
            List<String> volumes = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                volumes.add(newId());
            }
            return new Vm(newId(), "vm", newId(), volumes);
        }

        Vm withOneMore() {
            List<String> more = new ArrayList<>(volumes);
            more.add(newId());
            return new Vm(id, name, agent, more);
        }
    }

    static String newId() {
        return UUID.randomUUID().toString();
    }

    static RequestSpecification as(String role) {
        return given().auth().oauth2(TestTokens.token("anna", role)).contentType(ContentType.JSON);
    }

    static RequestSpecification operator() {
        return as(Roles.OPERATOR);
    }

    void announce(Vm vm, long revision) {
        announce(vm, revision, true);
    }

    void announce(Vm vm, long revision, boolean protectable) {
        var state = VmState.newBuilder().setVmId(vm.id()).setName(vm.name()).setAgentId(vm.agent());
        for (String volume : vm.volumes()) {
            state.addVolumes(VolumeReportEntry.newBuilder()
                    .setVolumeId(volume)
                    .setName("disk-" + volume.substring(0, 4))
                    .setSizeBytes(1 << 30)
                    .setProtectable(protectable)
                    .setReasonCode(protectable ? "" : "BACKING_MISSING")
                    .setReason(protectable ? "" : "The file is not there."));
        }
        send(
                Topic.INVENTORY_EVENTS,
                vm.id(),
                InventoryEvent.newBuilder()
                        .setEntityId(vm.id())
                        .setRevision(revision)
                        .setAtMicros(FakeDataPlane.micros(Instant.now()))
                        .setVm(state)
                        .build());
    }

    void send(Topic topic, String key, MessageLite message) {
        ProtoProducer.await(kafka.producer().send(topic, key, message));
    }

    static String body(Vm vm) {
        return """
               {"name": "orders", "vmIds": ["%s"], "checkpointInterval": "PT5S", "history": "PT24H"}""".formatted(vm.id());
    }

    /** A draft; waits until the VM that was announced is known. */
    String create(Vm vm) {
        announce(vm, 1);
        var created = new Response[1];
        Eventually.until("the group is created", SOON, () -> {
            created[0] = operator().body(body(vm)).post(PATH);
            assertThat(created[0].statusCode()).as(created[0].asString()).isEqualTo(201);
        });
        return created[0].jsonPath().getString("id");
    }

    void start(String pg) {
        Eventually.until("the group is started", SOON, () -> command(pg, "start", 202));
    }

    FakeDataPlane dataPlane(String pg, Vm vm) {
        var fake = new FakeDataPlane(kafka, pg, vm.agent(), vm.volumes());
        open.add(fake);
        return fake;
    }

    /** A group that is protected, and the data plane that keeps it so. */
    FakeDataPlane protect(String pg, Vm vm) {
        start(pg);
        var fake = dataPlane(pg, vm).inSync();
        awaitLifecycle(pg, "PROTECTED");
        return fake;
    }

    static Response command(String pg, String command, int status) {
        Response response = operator().post(PATH + "/" + pg + "/" + command);
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(status);
        return response;
    }

    static JsonPath get(String pg) {
        Response response = as(Roles.VIEWER).get(PATH + "/" + pg);
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(200);
        return response.jsonPath();
    }

    static void awaitLifecycle(String pg, String lifecycle) {
        Eventually.until("the group is " + lifecycle, SOON, () -> assertThat(get(pg).getString("lifecycle"))
                .isEqualTo(lifecycle));
    }

    static void awaitCondition(String pg, String type, String status, String reason) {
        Eventually.until("%s is %s".formatted(type, status), SOON, () -> {
            JsonPath group = get(pg);
            String found = "conditions.find { it.type == '%s' }.".formatted(type);
            assertThat(group.getString(found + "status") + " " + group.getString(found + "reason"))
                    .isEqualTo(status + " " + reason);
        });
    }

    /** Every message of the topic with the key, oldest first. */
    <M> List<M> written(Topic topic, String key, Parser<M> parser) {
        List<M> found = new ArrayList<>();
        for (var record : KafkaFixture.shared().readAll(kafka.nameOf(topic))) {
            if (record.key() != null && key.equals(new String(record.key(), StandardCharsets.UTF_8))) {
                try {
                    found.add(parser.parseFrom(record.value()));
                } catch (InvalidProtocolBufferException unreadable) {
                    throw new AssertionError("a record of " + topic + " cannot be read", unreadable);
                }
            }
        }
        return found;
    }

    Policy newestPolicy(String pg) {
        var policies = written(Topic.POLICIES, pg, Policy.parser());
        assertThat(policies).as("policies of " + pg).isNotEmpty();
        return policies.getLast();
    }
}
