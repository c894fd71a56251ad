package io.holdfast.replicationagent.adapter.kubevirt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.adapter.machine.Hypervisor;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The few calls of the Kubernetes API that machines need. Each attempt is bounded, and so are the attempts: an answer that says "later" (429, 5xx), and no answer,
 * are tried three times. State is asked for, never watched, so there is no watch to lose.
 *
 * <p>Threads: any.
 */
final class KubeApi implements AutoCloseable {
    private static final Duration ATTEMPT = Duration.ofSeconds(10);
    private static final int ATTEMPTS = 3;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
    private static final int MOST_MESSAGE = 500;
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private final URI server;
    private final Path account;
    private final HttpClient http;

    KubeApi(Hypervisor.KubeVirt settings) {
        this.server = settings.server();
        this.account = settings.account();
        HttpClient.Builder builder = HttpClient.newBuilder()
                .connectTimeout(ATTEMPT)
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER);
        if ("https".equals(server.getScheme())) {
            builder.sslContext(ClusterTrust.of(account.resolve("ca.crt")));
        }
        this.http = builder.build();
    }

    /** Empty = there is none. */
    Optional<JsonNode> get(String path) throws KubeRefused {
        return send("GET", path, Optional.empty()).map(KubeApi::json);
    }

    /** Text that is no JSON, as a log. Empty = there is none. */
    Optional<String> text(String path) throws KubeRefused {
        return send("GET", path, Optional.empty());
    }

    /** @throws KubeRefused also for one of that name, which may be the same from an attempt whose answer was lost */
    JsonNode create(String path, JsonNode object) throws KubeRefused {
        return send("POST", path, Optional.of(object))
                .map(KubeApi::json)
                .orElseThrow(() -> new KubeRefused(404, "the cluster does not have " + path));
    }

    /** Empty = there is none. */
    Optional<String> put(String path, JsonNode body) throws KubeRefused {
        return send("PUT", path, Optional.of(body));
    }

    /** At once, and what belongs to it first. One that is not there is a success. */
    void delete(String path) throws KubeRefused {
        var options = JSON.createObjectNode()
                .put("apiVersion", "v1")
                .put("kind", "DeleteOptions")
                .put("gracePeriodSeconds", 0)
                .put("propagationPolicy", "Foreground");
        send("DELETE", path, Optional.of(options));
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException malformed) {
            throw new HoldfastException(
                    AgentError.ADAPTER_MISSING, "the Kubernetes API does not answer in JSON", malformed);
        }
    }

    private Optional<String> send(String method, String path, Optional<JsonNode> body) throws KubeRefused {
        Duration pause = FIRST_PAUSE;
        for (int attempt = 1; ; attempt++) {
            String problem;
            try {
                HttpResponse<String> answer = http.send(request(method, path, body), BodyHandlers.ofString());
                int status = answer.statusCode();
                if (status == 404) {
                    return Optional.empty();
                }
                if (status / 100 == 2) {
                    return Optional.of(answer.body());
                }
                if (status != 429 && status < 500) {
                    throw new KubeRefused(status, message(status, answer.body()));
                }
                problem = message(status, answer.body());
                pause = retryAfter(answer).orElse(pause);
            } catch (IOException unanswered) {
                problem = unanswered.toString();
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                throw away("interrupted");
            }
            if (attempt == ATTEMPTS) {
                throw away(problem);
            }
            pause(pause);
            pause = pause.multipliedBy(2);
        }
    }

    private static void pause(Duration asked) {
        try {
            Thread.sleep(asked.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : asked);
        } catch (InterruptedException stopped) {
            // The next attempt says so.
            Thread.currentThread().interrupt();
        }
    }

    private static Optional<Duration> retryAfter(HttpResponse<?> answer) {
        return answer.headers()
                .firstValue("Retry-After")
                .filter(value -> value.matches("\\d{1,6}"))
                .map(value -> Duration.ofSeconds(Long.parseLong(value)));
    }

    private HttpRequest request(String method, String path, Optional<JsonNode> body) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.resolve(path))
                .timeout(ATTEMPT)
                .header("Accept", "application/json, */*")
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body.map(json -> BodyPublishers.ofString(json.toString(), StandardCharsets.UTF_8))
                                .orElseGet(BodyPublishers::noBody));
        Path token = account.resolve("token");
        if (Files.exists(token)) {
            // Read each time: the kubelet replaces it.
            request.header("Authorization", "Bearer " + Files.readString(token).strip());
        }
        return request.build();
    }

    /** What the server says of it in its Status object. */
    private static String message(int status, String body) {
        String said;
        try {
            said = JSON.readTree(body).path("message").asText("");
        } catch (IOException none) {
            said = "";
        }
        String text = said.isEmpty() ? "status " + status : "%s (status %d)".formatted(said, status);
        return text.length() <= MOST_MESSAGE ? text : text.substring(0, MOST_MESSAGE) + "…";
    }

    private HoldfastException away(String why) {
        return new HoldfastException(
                AgentError.ADAPTER_MISSING, "the Kubernetes API at %s cannot be asked: %s".formatted(server, why));
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
