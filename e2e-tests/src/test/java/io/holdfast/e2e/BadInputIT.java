package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.e2e.client.SiteClient.RefusedException;
import io.holdfast.e2e.story.SecondCopy;
import io.holdfast.localsite.identity.Role;
import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.plan.Port;
import io.holdfast.nbd.ExportRefusedException;
import io.holdfast.nbd.client.NbdClient;
import io.holdfast.testkit.workload.WorkloadPlan;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people, scripts and broken machines send: each has a clear answer with a stable code, and nothing stored is harmed. */
@DisplayName("Bad input")
class BadInputIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @RegisterExtension
    static final TestSite SITE = new TestSite();

    @ParameterizedTest
    @ValueSource(strings = {"", "nothing", "../../etc/passwd", "00000000-0000-4000-8000-000000000000/x@latest"})
    void an_unknown_export_is_refused_by_name(String export) {
        assertThatThrownBy(() -> NbdClient.open(SITE.journalNbd(), export)).isInstanceOf(ExportRefusedException.class);
        assertThatThrownBy(() -> NbdClient.open(SITE.agentNbd(), export)).isInstanceOf(ExportRefusedException.class);
    }

    @Test
    void a_disk_of_a_size_that_is_not_whole_blocks_is_rejected_with_its_reason() throws Exception {
        JsonNode vm = attach(rawFile("odd.raw", 4096 * 100 + 512));

        assertThat(vm.path("state").asText()).isEqualTo("REJECTED");
        assertThat(vm.path("reasonCode").asText()).as("%s", vm).isEqualTo("SIZE_NOT_ALIGNED");
        assertThat(vm.path("reason").asText()).contains("4096");
    }

    @Test
    void a_disk_outside_of_the_allowed_folders_is_rejected() throws Exception {
        JsonNode vm = attach(Path.of("/etc/passwd"));

        assertThat(vm.path("state").asText()).isEqualTo("REJECTED");
        assertThat(vm.path("reasonCode").asText()).as("%s", vm).isEqualTo("BACKING_OUTSIDE_ROOTS");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            not JSON                 | {"name":                                                         | 400 | INVALID_REQUEST
            an unknown field         | {"name": "x", "vmIds": [], "colour": "red"}                      | 400 | INVALID_REQUEST
            a wrong type             | {"name": ["x"], "vmIds": []}                                     | 400 | INVALID_REQUEST
            no name                  | {"vmIds": ["6f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e10"]}              | 400 | INVALID_REQUEST
            an id that is none       | {"name": "x", "vmIds": ["1"]}                                    | 400 | INVALID_REQUEST
            an interval out of range | {"name": "x", "vmIds": ["6f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e10"], "checkpointInterval": "PT0.1S"} | 400 | INVALID_REQUEST
            """)
    void a_malformed_group_is_refused_with_a_code(String what, String body, int status, String code) {
        assertThatThrownBy(() -> SITE.client().postRaw("/api/v1/protection-groups", body))
                .isInstanceOfSatisfying(RefusedException.class, refused -> {
                    assertThat(refused.status()).isEqualTo(status);
                    assertThat(refused.code()).as("%s", refused.problem()).isEqualTo(code);
                });
    }

    @Test
    void nobody_changes_anything_without_the_role_for_it() {
        ObjectNode group = SiteClient.object().put("name", "x");
        group.putArray("vmIds").add(UUID.randomUUID().toString());

        assertThatThrownBy(() -> SITE.clientAs(Role.VIEWER).post("/api/v1/protection-groups", group))
                .isInstanceOfSatisfying(RefusedException.class, refused -> {
                    assertThat(refused.status()).isEqualTo(403);
                    assertThat(refused.code()).isEqualTo("FORBIDDEN");
                });
        assertThatThrownBy(() -> new SiteClient(SITE.site().address(), "forged").get("/api/v1/protection-groups"))
                .isInstanceOfSatisfying(RefusedException.class, refused -> {
                    assertThat(refused.status()).isEqualTo(401);
                    assertThat(refused.code()).isEqualTo("UNAUTHENTICATED");
                });
    }

    @Test
    void a_corrupt_record_in_kafka_stops_no_older_checkpoint_and_the_group_recovers_by_itself() throws Exception {
        WorkloadPlan plan = new WorkloadPlan(new Random().nextLong(), 1, 0, 1024, 16);
        try (ProtectedWorkload load = ProtectedWorkload.start(SITE.client(), SITE.disks(), "corrupt-record", plan)) {
            load.machine().awaitCheckpointAfter(Instant.now().plusSeconds(2), PATIENCE);
            int before = load.machine().checkpoints().size();

            produceGarbage(load.machine().pgId());

            load.machine().awaitCheckpointAfter(Instant.now().plusSeconds(5), PATIENCE);
            load.stopGuest();
            load.machine().awaitCheckpointAfter(Instant.now(), PATIENCE);
            int compared = new RecoveredCheckpoints(load.machine(), SITE.journalNbd(), plan)
                    .requireAllEqualTheOracle(load.guest().issued(), load.acknowledgedAt());
            assertThat(compared).isGreaterThan(before);
            assertThat(SITE.logs().resolve("journal-store.log"))
                    .content(StandardCharsets.UTF_8)
                    .as("the journal says what it found")
                    .contains("a record goes to the dead letters");
        }
    }

    @Test
    void a_second_agent_with_the_same_identity_is_refused_and_the_first_goes_on(@TempDir Path work) throws Exception {
        WorkloadPlan plan = new WorkloadPlan(new Random().nextLong(), 1, 0, 1024, 16);
        try (ProtectedWorkload load = ProtectedWorkload.start(SITE.client(), SITE.disks(), "cloned-agent", plan)) {
            Map<String, String> changed = Map.of(
                    "holdfast.agent.state-directory", work.resolve("state").toString(),
                    "holdfast.agent.nbd-port", Integer.toString(SecondCopy.freePort()));
            try (SecondCopy clone = SecondCopy.start(SITE.site(), Part.REPLICATION_AGENT, work, changed)) {
                clone.awaitOutput("AGENT_ALREADY_CONNECTED");
                load.machine().awaitCheckpointAfter(Instant.now().plusSeconds(2), PATIENCE);
            }
        }
    }

    @Test
    void a_second_agent_on_the_same_state_directory_does_not_start(@TempDir Path work) throws Exception {
        try (SecondCopy copy = SecondCopy.start(SITE.site(), Part.REPLICATION_AGENT, work, Map.of())) {
            assertThat(copy.exitCode()).as("%s", copy.output()).isNotZero();
            assertThat(copy.output()).contains("STATE_DIRECTORY_IN_USE");
        }
    }

    @Test
    void a_second_journal_store_on_the_same_directory_does_not_start(@TempDir Path work) throws Exception {
        Map<String, String> changed = Map.of("holdfast.journal.nbd-port", Integer.toString(SecondCopy.freePort()));
        try (SecondCopy copy = SecondCopy.start(SITE.site(), Part.JOURNAL_STORE, work, changed)) {
            assertThat(copy.exitCode()).as("%s", copy.output()).isNotZero();
            assertThat(copy.output()).contains("DATA_DIRECTORY_IN_USE");
        }
    }

    @Test
    void a_journal_store_with_an_unusable_directory_does_not_start_and_says_which(@TempDir Path work) throws Exception {
        // Root may write anywhere, so a mode does not make a folder unusable; a file in its place does.
        Path inTheWay = Files.writeString(work.resolve("file"), "not a folder");
        Map<String, String> changed = Map.of(
                "holdfast.journal.data-directory", inTheWay.resolve("data").toString(),
                "holdfast.journal.nbd-port", Integer.toString(SecondCopy.freePort()));
        try (SecondCopy copy = SecondCopy.start(SITE.site(), Part.JOURNAL_STORE, work, changed)) {
            assertThat(copy.exitCode()).as("%s", copy.output()).isNotZero();
            assertThat(copy.output()).contains("STORAGE_UNUSABLE").contains(inTheWay.toString());
        }
    }

    /** Into every partition, with the group's key: whichever is the group's own has a hole in its history now. */
    private static void produceGarbage(String pgId) throws Exception {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", "127.0.0.1:" + SITE.site().port(Port.KAFKA));
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            byte[] key = pgId.getBytes(StandardCharsets.UTF_8);
            byte[] garbage = "this is no change".getBytes(StandardCharsets.UTF_8);
            int partitions = producer.partitionsFor("holdfast.changes").size();
            for (int partition = 0; partition < partitions; partition++) {
                producer.send(new ProducerRecord<>("holdfast.changes", partition, key, garbage))
                        .get();
            }
        }
    }

    private static Path rawFile(String name, long bytes) throws Exception {
        Path file = Files.createDirectories(SITE.disks().resolve("bad-input")).resolve(name);
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.setLength(bytes);
        }
        return file;
    }

    /** Asks for a VM with this disk and gives what became of it. */
    private static JsonNode attach(Path backing) {
        SiteClient site = SITE.client();
        // Not any host: one that another test has left without an agent would never answer.
        String host = SITE.site().identity().host().toString();
        site.await("the agent is connected", PATIENCE, "/api/v1/hosts/" + host, answer -> answer.path("agentConnected")
                .asBoolean());
        ObjectNode request = SiteClient.object().put("hostId", host).put("name", "bad-" + backing.getFileName());
        request.putArray("volumes").addObject().put("name", "data").put("backing", backing.toString());
        String location = site.post("/api/v1/vms", request).path("location").asText();
        return site.await(
                "an answer to the request",
                PATIENCE,
                location.substring(location.indexOf("/api/")),
                vm -> !vm.path("state").asText().equals("REQUESTED"));
    }
}
