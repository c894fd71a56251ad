package io.holdfast.journalstore.adapter.rest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.holdfast.journalstore.fixture.JournalTestResource;
import io.holdfast.journalstore.fixture.PolicyMessages;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.fixture.Tools;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.kafka.KafkaFixture;
import io.holdfast.testkit.quarkus.KafkaTestResource;
import io.holdfast.testkit.quarkus.SecurityTestResource;
import io.holdfast.testkit.security.TestTokens;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Seeds, and the hashes that a first sync compares with, through the whole service. */
@QuarkusTest
@QuarkusTestResource(KafkaTestResource.class)
@QuarkusTestResource(SecurityTestResource.class)
@QuarkusTestResource(JournalTestResource.class)
class SeedsResourceTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int BLOCKS = 512;

    private final String prefix = setting("holdfast.kafka.topic-prefix");
    private final KafkaFixture kafka = KafkaFixture.shared();
    private final TestGroup group = new TestGroup().partition(1);
    private final TestAgent agent = group.agent();
    private final VolumeId volume = group.volume(agent, BLOCKS * 4096L);
    private final byte[] older = new byte[BLOCKS * 4096];

    @TempDir
    Path folder;

    private static String setting(String name) {
        return ConfigProvider.getConfig().getValue(name, String.class);
    }

    @BeforeEach
    void protect() {
        new Random(3).nextBytes(older);
        kafka.write(
                prefix + "policies",
                0,
                group.pg.toString(),
                PolicyMessages.of(group).toByteArray());
        Eventually.await(
                "the journal is there",
                SOON,
                () -> as("viewer")
                                .get("/api/v1/journals/{pg}", group.pg.toString())
                                .statusCode()
                        == 200);
    }

    private void changes(ChangesRecord record) {
        kafka.write(prefix + "changes", 1, group.pg.toString(), record.toByteArray());
    }

    private UUID syncedAndCut() {
        long micros = System.currentTimeMillis() * 1000;
        changes(agent.batch(TestAgent.syncStarted(volume, micros)));
        changes(agent.batch(TestAgent.filled(volume, 0, 4, 'a', micros), TestAgent.syncCompleted(volume, micros)));
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

    private static RequestSpecification as(String role) {
        return given().auth().oauth2(TestTokens.token("somebody", role));
    }

    private Response seed(String role, String key, String order) {
        return as(role).contentType(ContentType.JSON)
                .header("Idempotency-Key", key + volume)
                .body(order)
                .post("/api/v1/journals/{pg}/volumes/{volume}/seeds", group.pg.toString(), volume.toString());
    }

    /** Orders a seed and waits for its end; returns where the task is. */
    private String seeded(String order, String state) {
        String location =
                seed("operator", "key", order).then().statusCode(202).extract().header("Location");
        Eventually.await(
                "the seed is " + state,
                SOON,
                () -> as("viewer").get(location).jsonPath().getString("state").equals(state),
                () -> as("viewer").get(location).asString());
        return location;
    }

    private Response hashesOfTheSecondRegion(long seq) {
        return as("viewer")
                .queryParam("agentId", agent.id.toString())
                .queryParam("epoch", agent.epoch)
                .queryParam("seq", seq)
                .queryParam("offset", 65536)
                .queryParam("length", 65536)
                .queryParam("chunk", 65536)
                .get("/api/v1/journals/{pg}/volumes/{volume}/hashes", group.pg.toString(), volume.toString());
    }

    @Test
    void a_replica_begins_with_its_seed_and_the_first_sync_builds_on_it() throws Exception {
        Path raw = Files.write(folder.resolve("older.raw"), older);
        String file = volume + ".qcow2";
        Path image = Path.of(setting("holdfast.journal.seed-folder")).resolve(file);
        Tools.run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw.toString(), image.toString());
        String order = "{\"format\": \"qcow2\", \"file\": \"%s\"}".formatted(file);

        String location = seeded(order, "DONE");
        assertThat(seed("operator", "key", order).getHeader("Location")).isEqualTo(location);
        UUID point = syncedAndCut();

        Arrays.fill(older, 0, 4 * 4096, (byte) 'a');
        Path expected = Files.write(folder.resolve("expected.raw"), older);
        Tools.run(
                "qemu-img",
                "compare",
                "-f",
                "raw",
                "-F",
                "raw",
                expected.toString(),
                "nbd://127.0.0.1:%s/%s/%s@%s".formatted(setting("holdfast.journal.nbd-port"), group.pg, volume, point));
        assertThat(hashesOfTheSecondRegion(2).then().statusCode(200).extract().asByteArray())
                .isEqualTo(MessageDigest.getInstance("SHA-256").digest(Arrays.copyOfRange(older, 65536, 131072)));
        hashesOfTheSecondRegion(99).then().statusCode(409).body("code", equalTo("NOT_APPLIED_YET"));
        seed("operator", "late", order).then().statusCode(409).body("code", equalTo("SEED_TOO_LATE"));
    }

    private Response differences(String role, String branch) {
        return as(role).queryParam("branch", branch)
                .get("/api/v1/journals/{pg}/volumes/{volume}/differences", group.pg.toString(), volume.toString());
    }

    private Response hashesWithCapture(String capture) {
        return as("viewer")
                .queryParam("agentId", agent.id.toString())
                .queryParam("epoch", agent.epoch)
                .queryParam("seq", 1)
                .queryParam("offset", 65536)
                .queryParam("length", 131072)
                .queryParam("chunk", 65536)
                .queryParam("capture", capture)
                .get("/api/v1/journals/{pg}/volumes/{volume}/hashes", group.pg.toString(), volume.toString());
    }

    @Test
    void what_is_known_of_a_seed_is_not_hashed_for_the_capture_that_knows_it() throws Exception {
        String file = volume + ".raw";
        Files.write(Path.of(setting("holdfast.journal.seed-folder")).resolve(file), older);
        String order = "{\"format\": \"raw\", \"file\": \"%s\", \"equalExcept\": %s}";
        for (String[] unusable : new String[][] {
            {"{\"ranges\": []}", "equalExcept.captureId"},
            {"{\"captureId\": \"a b\", \"ranges\": []}", "equalExcept.captureId"},
            {"{\"captureId\": \"a\"}", "equalExcept.ranges"},
            {"{\"captureId\": \"a\", \"ranges\": [null]}", "equalExcept.ranges[0]"},
            {"{\"captureId\": \"a\", \"ranges\": [{\"offsetBytes\": 0}]}", "equalExcept.ranges[0]"},
            {
                "{\"captureId\": \"a\", \"ranges\": [{\"offsetBytes\": -65536, \"lengthBytes\": 65536}]}",
                "equalExcept.ranges[0]"
            },
            {"{\"captureId\": \"a\", \"ranges\": [{\"offsetBytes\": 1, \"lengthBytes\": 65536}]}", "equalExcept.ranges"
            },
        }) {
            seed("operator", "unusable", order.formatted(file, unusable[0]))
                    .then()
                    .statusCode(400)
                    .body("violations[0].field", equalTo(unusable[1]));
        }
        seed(
                        "operator",
                        "beyond",
                        order.formatted(
                                file,
                                "{\"captureId\": \"a\", \"ranges\": [{\"offsetBytes\": 2097152, \"lengthBytes\": 65536}]}"))
                .then()
                .statusCode(400)
                .body("code", equalTo("INVALID_RANGE"));
        seeded(
                order.formatted(
                        file,
                        "{\"captureId\": \"tap-1\", \"ranges\": [{\"offsetBytes\": 131072, \"lengthBytes\": 65536}]}"),
                "DONE");
        changes(agent.batch(TestAgent.syncStarted(volume, 1)));
        Eventually.await("the sync has begun", SOON, () -> hashesWithCapture("").statusCode() == 200);

        byte[] real = hashesWithCapture("").asByteArray();
        assertThat(hashesWithCapture("tap-2").asByteArray()).isEqualTo(real);
        byte[] known = real.clone();
        Arrays.fill(known, 0, 32, (byte) 0xfe);
        assertThat(hashesWithCapture("tap-1").asByteArray()).isEqualTo(known).isNotEqualTo(real);
        hashesWithCapture("a b").then().statusCode(400).body("violations[0].field", equalTo("capture"));
    }

    @Test
    void differences_of_what_no_commit_has_left_are_not_known() throws Exception {
        String file = volume + ".raw";
        Files.write(Path.of(setting("holdfast.journal.seed-folder")).resolve(file), older);
        differences("viewer", "").then().statusCode(400).body("violations[0].field", equalTo("branch"));
        differences("viewer", "gone").then().statusCode(404).body("code", equalTo("BRANCH_NOT_FOUND"));
        seeded("{\"format\": \"raw\", \"file\": \"%s\", \"keepAs\": \"old-site\"}".formatted(file), "DONE");
        differences("viewer", "old-site").then().statusCode(409).body("code", equalTo("DIFFERENCES_UNKNOWN"));
    }

    @Test
    void an_old_disk_that_is_kept_is_a_branch_that_is_listed_served_and_given_up() throws Exception {
        String file = volume + ".raw";
        Path image =
                Files.write(Path.of(setting("holdfast.journal.seed-folder")).resolve(file), older);
        String branches = "/api/v1/journals/" + group.pg + "/branches";
        for (String unusable : new String[] {"\"keepAs\": \"a b\"", "\"keepAs\": \"a\", \"keepDays\": 0"}) {
            seed("operator", "unusable", "{\"format\": \"raw\", \"file\": \"%s\", %s}".formatted(file, unusable))
                    .then()
                    .statusCode(400);
        }
        seeded(
                "{\"format\": \"raw\", \"file\": \"%s\", \"keepAs\": \"old-site\", \"keepDays\": 7}".formatted(file),
                "DONE");
        syncedAndCut();

        as("viewer")
                .get(branches)
                .then()
                .body("items.size()", equalTo(1))
                .body("items[0].name", equalTo("old-site"))
                .body("items[0].kind", equalTo("OLD_DISK"))
                .body("items[0].state", equalTo("READABLE"))
                .body("items[0].volumeIds[0]", equalTo(volume.toString()));
        as("viewer").get(branches + "/old-site").then().statusCode(200);
        Tools.run(
                "qemu-img",
                "compare",
                "-f",
                "raw",
                "-F",
                "raw",
                image.toString(),
                "nbd://127.0.0.1:%s/%s/%s@branch:old-site"
                        .formatted(setting("holdfast.journal.nbd-port"), group.pg, volume));
        as("operator").delete(branches + "/old-site").then().statusCode(403);
        as("recovery").delete(branches + "/old-site").then().statusCode(204);
        as("recovery").delete(branches + "/old-site").then().statusCode(404).body("code", equalTo("BRANCH_NOT_FOUND"));
        as("viewer").get(branches).then().body("items.size()", equalTo(0));
    }

    @Test
    void a_seed_that_cannot_be_used_says_why_and_leaves_the_replica_alone() throws Exception {
        String file = volume + ".vhdx";
        Files.write(Path.of(setting("holdfast.journal.seed-folder")).resolve(file), Arrays.copyOf(older, 100_000));

        seed("viewer", "other", "{\"format\": \"vhdx\", \"file\": \"x\"}")
                .then()
                .statusCode(403);
        seed("operator", "other", "{\"format\": \"iso\", \"file\": \"x\"}")
                .then()
                .statusCode(400)
                .body("violations[0].field", equalTo("format"));
        seed("operator", "other", "{\"format\": \"raw\", \"file\": \"../../etc/hostname\"}")
                .then()
                .statusCode(400)
                .body("code", equalTo("SEED_UNUSABLE"));
        String location = seeded("{\"format\": \"vhdx\", \"file\": \"%s\"}".formatted(file), "FAILED");

        as("viewer").get(location).then().body("failureCode", equalTo("SEED_UNUSABLE"));
        syncedAndCut();
        assertThat(hashesOfTheSecondRegion(2).then().statusCode(200).extract().asByteArray())
                .as("zeroes, as before")
                .isEqualTo(new byte[32]);
    }
}
