package io.holdfast.testkit.quarkus;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.http.TestHTTPResource;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * The checked-in {@code openapi.yaml} of a service is what the service serves.
 *
 * <pre>{@code
 * @QuarkusTest class InventoryOpenApiTest extends OpenApiContractTest {}
 * ./mvnw test -pl services/inventory -Dtest=InventoryOpenApiTest -Dopenapi.refresh=true    # after a wanted change
 * }</pre>
 */
public abstract class OpenApiContractTest {
    private static final Path CHECKED_IN = Path.of("openapi.yaml");

    @TestHTTPResource("/q/openapi?format=yaml")
    URI served;

    @Test
    void the_checked_in_openapi_document_is_the_served_one() throws Exception {
        String now;
        try (var client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            var request = HttpRequest.newBuilder(served)
                    .timeout(Duration.ofSeconds(20))
                    .build();
            var response = client.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).as("status of %s", served).isEqualTo(200);
            now = response.body();
        }
        if (Boolean.getBoolean("openapi.refresh")) {
            Files.writeString(CHECKED_IN, now);
        }
        assertThat(CHECKED_IN)
                .as("run this test with -Dopenapi.refresh=true to write it, then review the difference")
                .exists();
        assertThat(now)
                .as("the interface has changed; if that is wanted, refresh openapi.yaml with -Dopenapi.refresh=true")
                .isEqualTo(Files.readString(CHECKED_IN));
    }
}
