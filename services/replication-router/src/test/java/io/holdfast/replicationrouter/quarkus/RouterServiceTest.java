package io.holdfast.replicationrouter.quarkus;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.replicationrouter.support.NodeHarness;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.quarkus.KafkaTestResource;
import io.holdfast.testkit.quarkus.SecurityTestResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The service as Quarkus starts it: settings, health, metrics. */
@QuarkusTest
@QuarkusTestResource(KafkaTestResource.class)
@QuarkusTestResource(SecurityTestResource.class)
@QuarkusTestResource(RouterServiceTest.Certificates.class)
class RouterServiceTest {
    @TestHTTPResource("/q/health/ready")
    URI ready;

    @TestHTTPResource("/q/metrics")
    URI metrics;

    @Test
    void itBecomesReadyAndSaysHowFarItIs() {
        Eventually.until("the router is ready", Duration.ofSeconds(40), () -> {
            HttpResponse<String> response = get(ready);
            assertThat(response.body()).contains("SERVING");
            assertThat(response.statusCode()).isEqualTo(200);
        });
    }

    @Test
    void itsMetersAreServed() throws Exception {
        assertThat(get(metrics).body())
                .contains(
                        "holdfast_router_sessions",
                        "holdfast_router_in_flight_bytes",
                        "holdfast_router_batches_total",
                        "holdfast_router_change_bytes_total",
                        "holdfast_router_produce_seconds");
    }

    private static HttpResponse<String> get(URI uri) throws Exception {
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            return client.send(
                    HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    /** Certificates and the few settings that have no default. */
    public static final class Certificates implements QuarkusTestResourceLifecycleManager {
        @Override
        public Map<String, String> start() {
            var tls = NodeHarness.certificate("DNS:localhost");
            return Map.of(
                    "holdfast.tls.certificate", tls.certificate().toString(),
                    "holdfast.tls.key", tls.key().toString(),
                    "holdfast.tls.trust", tls.trust().toString(),
                    "holdfast.router.listen-port", "0",
                    "holdfast.router.advertised-address", "localhost:9443");
        }

        @Override
        public void stop() {}
    }
}
