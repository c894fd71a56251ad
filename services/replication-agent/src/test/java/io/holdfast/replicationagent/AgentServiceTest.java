package io.holdfast.replicationagent;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;

import io.holdfast.kernel.id.SiteId;
import io.holdfast.testkit.security.TestAuthority;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The agent as a process sees it: health, metrics, status. No router is there, which must not matter. */
@QuarkusTest
@QuarkusTestResource(AgentServiceTest.StartSettings.class)
class AgentServiceTest {

    /** Folders and certificates of a minimal start. */
    public static final class StartSettings implements QuarkusTestResourceLifecycleManager {
        @Override
        public Map<String, String> start() {
            try {
                Path folder = Files.createTempDirectory("agent");
                TestAuthority.PemFiles tls =
                        TestAuthority.in(folder.resolve("ca")).issue("DNS:agent");
                Path disks = Files.createDirectory(folder.resolve("disks"));
                return Map.of(
                        "holdfast.site.id", SiteId.random().toString(),
                        "holdfast.agent.state-directory",
                                folder.resolve("state").toString(),
                        "holdfast.agent.routers", "127.0.0.1:1",
                        "holdfast.agent.disk-roots", disks.toString(),
                        "holdfast.agent.nbd-port", "0",
                        "holdfast.tls.certificate", tls.certificate().toString(),
                        "holdfast.tls.key", tls.key().toString(),
                        "holdfast.tls.trust", tls.trust().toString(),
                        "quarkus.http.test-port", "0");
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }

        @Override
        public void stop() {}
    }

    @Test
    void itIsReadyAsSoonAsGuestsReachTheirDisks() {
        given().get("/q/health/ready").then().statusCode(200).body("checks[0].name", equalTo("nbd-server"));
        given().get("/q/health/live").then().statusCode(200);
    }

    @Test
    void metricsCarryTheAgentsNames() {
        given().get("/q/metrics")
                .then()
                .statusCode(200)
                .body(containsString("holdfast_write_latency_seconds_bucket"))
                .body(containsString("holdfast_router_connected 0"))
                .body(containsString("holdfast_ring_lent_bytes"))
                .body(containsString("holdfast_machines_by_capture{capture=\"TAP\""))
                .body(containsString("holdfast_live_machines{state=\"AWAY\""))
                .body(containsString("holdfast_live_polls_total"));
    }

    @Test
    void theStatusPageIsReadOnly() {
        given().get("/status")
                .then()
                .statusCode(200)
                .body("exports", hasSize(0))
                .body("routerConnected", equalTo(false));
        given().post("/status").then().statusCode(405);
        given().delete("/status").then().statusCode(405);
    }
}
