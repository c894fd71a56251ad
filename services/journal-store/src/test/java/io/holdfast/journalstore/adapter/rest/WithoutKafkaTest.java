package io.holdfast.journalstore.adapter.rest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;

import io.holdfast.journalstore.fixture.JournalTestResource;
import io.holdfast.journalstore.fixture.Scenario;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.Tools;
import io.holdfast.testkit.quarkus.SecurityTestResource;
import io.holdfast.testkit.security.TestTokens;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kafka is away when the service starts: what is stored is recovered all the same. */
@QuarkusTest
@QuarkusTestResource(value = WithoutKafkaTest.NoKafka.class, restrictToAnnotatedClass = true)
@QuarkusTestResource(value = SecurityTestResource.class, restrictToAnnotatedClass = true)
@QuarkusTestResource(value = WithoutKafkaTest.StoredJournal.class, restrictToAnnotatedClass = true)
class WithoutKafkaTest {
    /** An address at which nobody listens. */
    public static final class NoKafka implements QuarkusTestResourceLifecycleManager {
        @Override
        public Map<String, String> start() {
            return Map.of("kafka.bootstrap.servers", "127.0.0.1:1", "holdfast.kafka.request-limit", "2s");
        }

        @Override
        public void stop() {}
    }

    /** A data directory that an earlier run has left. */
    public static final class StoredJournal implements QuarkusTestResourceLifecycleManager {
        static final long SEED = 31;
        private final JournalTestResource directory = new JournalTestResource();

        @Override
        public Map<String, String> start() {
            Map<String, String> settings = directory.start();
            Scenario scenario = new Scenario(SEED, System.currentTimeMillis() * 1000);
            Path data = Path.of(settings.get("holdfast.journal.data-directory"));
            try (StoreFixture fixture = new StoreFixture(data, scenario.group).start()) {
                for (int i = 0; i < 40; i++) {
                    fixture.put(scenario.next());
                }
            }
            return settings;
        }

        @Override
        public void stop() {
            directory.stop();
        }
    }

    @TempDir
    Path folder;

    @Test
    void checkpoints_are_listed_and_served_and_sessions_open() throws Exception {
        Scenario scenario = new Scenario(StoredJournal.SEED, 1);
        for (int i = 0; i < 40; i++) {
            scenario.next();
        }
        String pg = scenario.group.pg.toString();
        String viewer = TestTokens.token("somebody", "operator");
        given().auth()
                .oauth2(viewer)
                .get("/api/v1/journals/{pg}/checkpoints", pg)
                .then()
                .statusCode(200)
                .body("items", hasSize(8));
        given().auth()
                .oauth2(viewer)
                .contentType(ContentType.JSON)
                .body("{\"lsn\": 20}")
                .post("/api/v1/journals/{pg}/sessions", pg)
                .then()
                .statusCode(201)
                .body("state", equalTo("OPEN"));
        Path copy = folder.resolve("copy.raw");
        int port = ConfigProvider.getConfig().getValue("holdfast.journal.nbd-port", Integer.class);
        Tools.run("nbdcopy", "nbd://127.0.0.1:%d/%s/%s@latest".formatted(port, pg, scenario.volume()), copy.toString());
        assertThat(Scenario.sums(Files.readAllBytes(copy)))
                .isEqualTo(scenario.expected.values().stream()
                        .reduce((_, newer) -> newer)
                        .orElseThrow());
        given().get("/q/health/live").then().statusCode(200);
    }
}
