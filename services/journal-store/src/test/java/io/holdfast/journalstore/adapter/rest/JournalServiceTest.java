package io.holdfast.journalstore.adapter.rest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.notNullValue;

import io.holdfast.journalstore.fixture.JournalTestResource;
import io.holdfast.journalstore.fixture.PolicyMessages;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.fixture.Tools;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.proto.v1.DeadLetter;
import io.holdfast.proto.v1.DeleteJournal;
import io.holdfast.proto.v1.HoldCheckpoint;
import io.holdfast.proto.v1.JournalCommand;
import io.holdfast.proto.v1.JournalEvent;
import io.holdfast.proto.v1.JournalState;
import io.holdfast.proto.v1.JournalStatus;
import io.holdfast.proto.v1.MarkCheckpoint;
import io.holdfast.proto.v1.ScrubJournal;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.kafka.KafkaFixture;
import io.holdfast.testkit.quarkus.KafkaTestResource;
import io.holdfast.testkit.quarkus.SecurityTestResource;
import io.holdfast.testkit.security.TestTokens;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.specification.RequestSpecification;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole service with a real Kafka and real NBD clients. */
@QuarkusTest
@QuarkusTestResource(KafkaTestResource.class)
@QuarkusTestResource(SecurityTestResource.class)
@QuarkusTestResource(JournalTestResource.class)
class JournalServiceTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int BLOCKS = 512;

    private final String prefix = ConfigProvider.getConfig().getValue("holdfast.kafka.topic-prefix", String.class);
    private final int nbdPort = ConfigProvider.getConfig().getValue("holdfast.journal.nbd-port", Integer.class);
    private final KafkaFixture kafka = KafkaFixture.shared();
    private final TestGroup group = new TestGroup().partition(1);
    private final TestAgent agent = group.agent();
    private final VolumeId volume = group.volume(agent, BLOCKS * 4096L);
    private long micros = System.currentTimeMillis() * 1000;

    @TempDir
    Path folder;

    @BeforeEach
    void protect() {
        policy();
    }

    private void policy() {
        kafka.write(
                prefix + "policies",
                0,
                group.pg.toString(),
                PolicyMessages.of(group).toByteArray());
    }

    private void changes(ChangesRecord record) {
        kafka.write(prefix + "changes", 1, group.pg.toString(), record.toByteArray());
    }

    private UUID checkpoint() {
        UUID id = UUID.randomUUID();
        changes(group.checkpoint(id, ++micros));
        Eventually.await(
                "checkpoint %s is listed".formatted(id),
                SOON,
                () -> as("viewer")
                                .get("/api/v1/journals/{pg}/checkpoints/{id}", group.pg.toString(), id.toString())
                                .statusCode()
                        == 200);
        return id;
    }

    private void sync() {
        changes(agent.batch(TestAgent.syncStarted(volume, micros)));
        changes(agent.batch(TestAgent.filled(volume, 0, 4, 'a', micros), TestAgent.syncCompleted(volume, micros)));
    }

    private static RequestSpecification as(String role) {
        return given().auth().oauth2(TestTokens.token("somebody", role));
    }

    private String export(String name) {
        return "nbd://127.0.0.1:%d/%s".formatted(nbdPort, name);
    }

    @Test
    void every_checkpoint_is_an_nbd_export_with_the_bytes_of_its_moment() throws Exception {
        sync();
        UUID before = checkpoint();
        changes(agent.batch(TestAgent.filled(volume, 1, 2, 'b', ++micros), TestAgent.zero(volume, 3, 1, micros)));
        UUID after = checkpoint();

        byte[] expected = new byte[BLOCKS * 4096];
        Arrays.fill(expected, 0, 4 * 4096, (byte) 'a');
        assertExport(before, expected);
        Arrays.fill(expected, 4096, 3 * 4096, (byte) 'b');
        Arrays.fill(expected, 3 * 4096, 4 * 4096, (byte) 0);
        assertExport(after, expected);

        as("viewer")
                .get("/api/v1/journals/{pg}/checkpoints", group.pg.toString())
                .then()
                .statusCode(200)
                .body("items", hasSize(2))
                .body("items[0].id", equalTo(after.toString()))
                .body("items[0].volumes[0].nbdExport", equalTo("%s/%s@%s".formatted(group.pg, volume, after)));
    }

    private void assertExport(UUID checkpoint, byte[] expected) throws Exception {
        Path raw = Files.write(folder.resolve(checkpoint + ".expected"), expected);
        String uri = export("%s/%s@%s".formatted(group.pg, volume, checkpoint));
        Tools.run("qemu-img", "compare", "-f", "raw", "-F", "raw", raw.toString(), uri);
        Path copy = folder.resolve(checkpoint + ".raw");
        Tools.run("nbdcopy", uri, copy.toString());
        assertThat(Files.mismatch(raw, copy)).isEqualTo(-1);
    }

    @Test
    void a_session_can_be_written_and_changes_nothing_else() throws Exception {
        sync();
        UUID point = checkpoint();
        String key = UUID.randomUUID().toString();
        var created = as("operator")
                .contentType(ContentType.JSON)
                .header("Idempotency-Key", key)
                .body("{\"checkpointId\": \"%s\"}".formatted(point))
                .post("/api/v1/journals/{pg}/sessions", group.pg.toString());
        created.then().statusCode(201).body("state", equalTo("OPEN")).body("exports", hasSize(1));
        String session = created.jsonPath().getString("id");
        String uri = export(created.jsonPath().getString("exports[0].nbdExport"));

        Tools.run("qemu-io", "-f", "raw", "-c", "write -P 0x7a 1k 512", "-c", "flush", uri);
        assertThat(Tools.run("qemu-io", "-f", "raw", "-r", "-c", "read -P 0x7a 1k 512", "-c", "read -P 0x61 0 1k", uri))
                .doesNotContain("Pattern verification failed");

        byte[] expected = new byte[BLOCKS * 4096];
        Arrays.fill(expected, 0, 4 * 4096, (byte) 'a');
        assertExport(point, expected);
        as("operator")
                .contentType(ContentType.JSON)
                .header("Idempotency-Key", key)
                .body("{\"checkpointId\": \"%s\"}".formatted(point))
                .post("/api/v1/journals/{pg}/sessions", group.pg.toString())
                .then()
                .statusCode(201)
                .body("id", equalTo(session));
        for (int again = 0; again < 2; again++) {
            as("operator")
                    .delete("/api/v1/journals/{pg}/sessions/{id}", group.pg.toString(), session)
                    .then()
                    .statusCode(204);
        }
        assertThat(Tools.tryRun("nbdinfo", uri).exitCode()).isNotZero();
    }

    @Test
    void a_session_is_committed_while_it_is_written_and_the_later_history_stays_as_a_branch() throws Exception {
        sync();
        UUID point = checkpoint();
        changes(agent.batch(TestAgent.filled(volume, 1, 2, 'b', ++micros)));
        UUID later = checkpoint();
        String sessions = "/api/v1/journals/%s/sessions".formatted(group.pg);
        var created = as("operator")
                .contentType(ContentType.JSON)
                .body("{\"checkpointId\": \"%s\"}".formatted(point))
                .post(sessions);
        String session = sessions + "/" + created.jsonPath().getString("id");
        String uri = export(created.jsonPath().getString("exports[0].nbdExport"));
        Tools.run("qemu-io", "-f", "raw", "-c", "write -P 0x7a 1k 512", "-c", "discard 8k 4k", "-c", "flush", uri);

        String order = "{\"branch\": \"drill\"}";
        as("operator")
                .contentType(ContentType.JSON)
                .body(order)
                .post(session + "/commit")
                .then()
                .statusCode(403);
        as("recovery")
                .contentType(ContentType.JSON)
                .body("{\"branch\": \"../x\"}")
                .post(session + "/commit")
                .then()
                .statusCode(400);
        as("recovery")
                .contentType(ContentType.JSON)
                .body(order)
                .post(session + "/commit")
                .then()
                .statusCode(409)
                .body("code", equalTo("REPLICATION_RUNS"));
        group.state(JournalPolicy.State.PAUSED);
        policy();
        Eventually.await(
                "the commit is accepted once the group is paused",
                SOON,
                () -> as("recovery")
                                .contentType(ContentType.JSON)
                                .body(order)
                                .post(session + "/commit")
                                .statusCode()
                        == 202);
        Tools.run("qemu-io", "-f", "raw", "-c", "write -P 0x71 20k 4k", "-c", "flush", uri);
        Eventually.await(
                "the commit is done",
                SOON,
                () -> as("viewer").get(session).jsonPath().getString("state").equals("COMMITTED"));
        Tools.run("qemu-io", "-f", "raw", "-c", "write -P 0x72 28k 4k", "-c", "flush", uri);

        byte[] expected = new byte[BLOCKS * 4096];
        Arrays.fill(expected, 0, 8 << 10, (byte) 'a');
        Arrays.fill(expected, 12 << 10, 16 << 10, (byte) 'a');
        Arrays.fill(expected, 1 << 10, 1536, (byte) 0x7a);
        Arrays.fill(expected, 20 << 10, 24 << 10, (byte) 0x71);
        Arrays.fill(expected, 28 << 10, 32 << 10, (byte) 0x72);
        Path volumeNow = folder.resolve("volume.raw");
        Tools.run("nbdcopy", uri, volumeNow.toString());
        assertThat(Files.readAllBytes(volumeNow)).isEqualTo(expected);

        byte[] branched = new byte[BLOCKS * 4096];
        Arrays.fill(branched, 0, 4 << 12, (byte) 'a');
        Arrays.fill(branched, 1 << 12, 3 << 12, (byte) 'b');
        Path branch = folder.resolve("branch.raw");
        Tools.run("nbdcopy", export("%s/%s@branch:drill:%s".formatted(group.pg, volume, later)), branch.toString());
        assertThat(Files.readAllBytes(branch)).isEqualTo(branched);

        String branches = "/api/v1/journals/%s/branches".formatted(group.pg);
        as("viewer").get(branches).then().statusCode(200).body("items.name", equalTo(java.util.List.of("drill")));
        String differences = "/api/v1/journals/%s/volumes/%s/differences?branch=drill".formatted(group.pg, volume);
        as("viewer")
                .get(differences)
                .then()
                .statusCode(200)
                .body("sizeBytes", equalTo(BLOCKS * 4096))
                .body("branch", equalTo("drill"))
                .body("ranges.size()", equalTo(1))
                .body("ranges[0].offsetBytes", equalTo(0))
                .body("ranges[0].lengthBytes", equalTo(Math.min(BLOCKS * 4096, 65_536)));
        changes(agent.batch(TestAgent.filled(volume, 2, 1, 'l', ++micros)));
        as("viewer").get(differences).then().statusCode(409).body("code", equalTo("DIFFERENCES_UNKNOWN"));
        as("recovery").post(session + "/rollback").then().statusCode(409).body("code", equalTo("COMMIT_IS_FINAL"));
        as("recovery").delete(branches + "/drill").then().statusCode(204);
        as("viewer").get(branches + "/drill").then().statusCode(404).body("code", equalTo("BRANCH_NOT_FOUND"));
        as("operator").delete(session).then().statusCode(204);
    }

    @Test
    void a_corrupt_batch_is_kept_as_dead_letter_and_its_stream_needs_a_reset() throws Exception {
        sync();
        UUID good = checkpoint();
        byte[] corrupt =
                agent.batch(TestAgent.filled(volume, 9, 1, 'x', ++micros)).toByteArray();
        corrupt[corrupt.length / 2] ^= 1;
        kafka.write(prefix + "changes", 1, group.pg.toString(), corrupt);

        JournalStatus status = awaitStatus(JournalState.GAP);

        assertThat(status.getNeedsResetList()).singleElement().satisfies(position -> assertThat(position.getAgentId())
                .isEqualTo(agent.id.toString()));
        assertThat(kafka.readAll(prefix + "changes.dlq"))
                .anyMatch(record ->
                        Arrays.equals(letter(record.value()).getValue().toByteArray(), corrupt));
        byte[] expected = new byte[BLOCKS * 4096];
        Arrays.fill(expected, 0, 4 * 4096, (byte) 'a');
        assertExport(good, expected);
        agent.newEpoch();
        sync();
        checkpoint();
        awaitStatus(JournalState.APPLYING);
    }

    private static DeadLetter letter(byte[] bytes) {
        try {
            return DeadLetter.parseFrom(bytes);
        } catch (com.google.protobuf.InvalidProtocolBufferException malformed) {
            throw new AssertionError(malformed);
        }
    }

    private JournalStatus awaitStatus(JournalState state) {
        Eventually.await("the journal reports " + state, SOON, () -> newestStatus()
                .filter(status -> status.getState() == state)
                .isPresent());
        return newestStatus().orElseThrow();
    }

    private Optional<JournalStatus> newestStatus() {
        return events().stream()
                .filter(JournalEvent::hasStatus)
                .reduce((_, newer) -> newer)
                .map(JournalEvent::getStatus);
    }

    private List<JournalEvent> events() {
        return kafka.readAll(prefix + "journal-events").stream()
                .map(record -> {
                    try {
                        return JournalEvent.parseFrom(record.value());
                    } catch (com.google.protobuf.InvalidProtocolBufferException malformed) {
                        throw new AssertionError(malformed);
                    }
                })
                .filter(event -> event.getPgId().equals(group.pg.toString()))
                .toList();
    }

    @Test
    void a_volume_that_is_added_later_is_known_before_its_changes_are_applied() throws Exception {
        sync();
        checkpoint();
        VolumeId second = group.volume(agent, 64 * 4096);
        policy();
        changes(agent.batch(
                TestAgent.syncStarted(second, ++micros),
                TestAgent.filled(second, 0, 1, 'c', micros),
                TestAgent.syncCompleted(second, micros)));
        UUID both = checkpoint();

        as("viewer")
                .get("/api/v1/journals/{pg}/checkpoints/{id}", group.pg.toString(), both.toString())
                .then()
                .body("volumes", hasSize(2));
        assertThat(Tools.run("nbdinfo", "--size", export("%s/%s@%s".formatted(group.pg, second, both)))
                        .strip())
                .isEqualTo(Integer.toString(64 * 4096));
    }

    @Test
    void holding_and_deleting_are_ordered_over_kafka_and_answered() {
        sync();
        UUID held = checkpoint();
        String hold = command(JournalCommand.newBuilder()
                .setHoldCheckpoint(HoldCheckpoint.newBuilder().setCheckpointId(held.toString())));
        awaitResult(hold, true, "");
        as("viewer")
                .get("/api/v1/journals/{pg}/checkpoints/{id}", group.pg.toString(), held.toString())
                .then()
                .body("marks", equalTo(List.of("HELD")));

        String tooEarly = command(JournalCommand.newBuilder().setDeleteJournal(DeleteJournal.getDefaultInstance()));
        awaitResult(tooEarly, false, "JOURNAL_STILL_PROTECTED");
        group.state(JournalPolicy.State.REMOVED);
        policy();
        String delete = command(JournalCommand.newBuilder().setDeleteJournal(DeleteJournal.getDefaultInstance()));
        awaitResult(delete, true, "");
        as("viewer")
                .get("/api/v1/journals/{pg}", group.pg.toString())
                .then()
                .statusCode(404)
                .body("code", equalTo("JOURNAL_NOT_FOUND"));
    }

    @Test
    void marks_and_scrubs_are_ordered_over_kafka_and_rest_and_shown_on_both() {
        sync();
        UUID point = checkpoint();
        String path = "/api/v1/journals/%s/checkpoints/%s".formatted(group.pg, point);
        String mark = command(JournalCommand.newBuilder()
                .setMarkCheckpoint(MarkCheckpoint.newBuilder()
                        .setCheckpointId(point.toString())
                        .setMark("VERIFIED")
                        .setEvidence("the guest booted")));
        awaitResult(mark, true, "");
        as("viewer")
                .get(path)
                .then()
                .body("marks", equalTo(List.of("VERIFIED")))
                .body("evidence[0].evidence", equalTo("the guest booted"))
                .body("digest", matchesPattern("[0-9a-f]{64}"));
        String unknown = command(JournalCommand.newBuilder()
                .setMarkCheckpoint(MarkCheckpoint.newBuilder()
                        .setCheckpointId(point.toString())
                        .setMark("GOOD")));
        awaitResult(unknown, false, "INVALID_REQUEST");
        as("operator")
                .contentType(ContentType.JSON)
                .body("{\"evidence\": \"it did not boot twice\"}")
                .put(path + "/marks/SUSPECT")
                .then()
                .statusCode(200)
                .body("marks", equalTo(List.of("VERIFIED", "SUSPECT")));
        as("operator")
                .delete(path + "/marks/VERIFIED")
                .then()
                .statusCode(200)
                .body("marks", equalTo(List.of("SUSPECT")));
        as("operator")
                .contentType(ContentType.JSON)
                .body("{\"evidence\": \"\"}")
                .put(path + "/marks/SUSPECT")
                .then()
                .statusCode(400);
        as("viewer")
                .contentType(ContentType.JSON)
                .body("{\"evidence\": \"x\"}")
                .put(path + "/marks/SUSPECT")
                .then()
                .statusCode(403);
        Eventually.until("the last event of the checkpoint", SOON, () -> assertThat(events().stream()
                        .filter(JournalEvent::hasCheckpoint)
                        .reduce((_, newer) -> newer)
                        .orElseThrow()
                        .getCheckpoint())
                .matches(listed -> listed.getMarksList().equals(List.of("SUSPECT"))
                        && listed.getDigest().size() == 32));

        String scrub = command(JournalCommand.newBuilder().setScrub(ScrubJournal.getDefaultInstance()));
        awaitResult(scrub, true, "");
        Eventually.await("the status says when the scrub ended", SOON, () -> newestStatus()
                .filter(status -> status.getScrubbedAtMicros() > 0 && status.getDamagedLsn() == 0)
                .isPresent());
        as("operator")
                .post("/api/v1/journals/{pg}/scrub", group.pg.toString())
                .then()
                .statusCode(202);
        as("viewer")
                .get("/api/v1/journals/{pg}/scrub", group.pg.toString())
                .then()
                .statusCode(200)
                .body("findings", hasSize(0))
                .body("changes", equalTo(1));
        as("viewer")
                .post("/api/v1/journals/{pg}/scrub", group.pg.toString())
                .then()
                .statusCode(403);
    }

    private String command(JournalCommand.Builder command) {
        String id = UUID.randomUUID().toString();
        kafka.write(
                prefix + "journal-commands",
                0,
                group.pg.toString(),
                command.setCommandId(id).setPgId(group.pg.toString()).build().toByteArray());
        return id;
    }

    private void awaitResult(String commandId, boolean ok, String code) {
        Eventually.until("command %s is answered".formatted(commandId), SOON, () -> assertThat(events())
                .filteredOn(JournalEvent::hasCommandResult)
                .map(JournalEvent::getCommandResult)
                .anyMatch(result -> result.getCommandId().equals(commandId)
                        && result.getOk() == ok
                        && result.getErrorCode().equals(code)));
    }

    @Test
    void a_bad_request_says_what_is_wrong_and_changes_nothing() {
        sync();
        checkpoint();
        String sessions = "/api/v1/journals/%s/sessions".formatted(group.pg);
        as("operator")
                .contentType(ContentType.JSON)
                .body("{}")
                .post(sessions)
                .then()
                .statusCode(400);
        as("operator")
                .contentType(ContentType.JSON)
                .body("{\"lsn\": 1, \"checkpoint\": 2}")
                .post(sessions)
                .then()
                .statusCode(400)
                .body("code", equalTo("INVALID_REQUEST"));
        as("operator")
                .contentType(ContentType.JSON)
                .body("{\"lsn\": 999999}")
                .post(sessions)
                .then()
                .statusCode(409)
                .body("code", equalTo("LSN_NOT_REACHED"))
                .body("requestId", notNullValue());
        as("operator")
                .contentType(ContentType.JSON)
                .body("{\"checkpointId\": \"%s\"}".formatted(UUID.randomUUID()))
                .post(sessions)
                .then()
                .statusCode(404)
                .body("code", equalTo("CHECKPOINT_NOT_FOUND"));
        as("viewer")
                .contentType(ContentType.JSON)
                .body("{\"lsn\": 1}")
                .post(sessions)
                .then()
                .statusCode(403);
        given().get("/api/v1/journals").then().statusCode(401);
        as("viewer")
                .get("/api/v1/journals/{pg}/checkpoints?kind=SOMETIMES", group.pg.toString())
                .then()
                .statusCode(400);
        as("viewer").get(sessions).then().statusCode(200).body("items", hasSize(0));
    }

    @Test
    void an_unknown_export_is_refused_with_a_reason() throws Exception {
        var refused = Tools.tryRun("qemu-img", "info", export("%s/%s@latest".formatted(UUID.randomUUID(), volume)));
        assertThat(refused.exitCode()).isNotZero();
        assertThat(refused.output()).contains("JOURNAL_NOT_FOUND");
    }

    @Test
    void meters_and_health_are_served() {
        sync();
        checkpoint();
        Eventually.until("the journal's meters appear", SOON, () -> assertThat(
                        given().get("/q/metrics").asString())
                .contains("holdfast_journal_head_lsn{pg=\"%s\"".formatted(group.pg))
                .contains("holdfast_journal_free_bytes")
                .contains("holdfast_journal_lag_records"));
        given().get("/q/health/live").then().statusCode(200);
        given().get("/q/health/ready").then().statusCode(200);
    }
}
