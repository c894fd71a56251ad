package io.holdfast.e2e.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * A site's REST interface as somebody's automation would use it: one base address, one token, JSON.
 *
 * <p>Every call that fails throws {@link RefusedException} with the problem document. Safe for several threads.
 */
public final class SiteClient {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration POLL_PAUSE = Duration.ofMillis(200);

    private final HttpClient http = OpenPage.client();
    private final URI base;
    private final String token;

    public SiteClient(URI base, String token) {
        this.base = base;
        this.token = token;
    }

    /** An answer whose status is not 2xx. */
    public static final class RefusedException extends RuntimeException {
        private final int status;
        private final transient JsonNode problem;

        RefusedException(String call, int status, String body) {
            super(call + " answered " + status + ": " + body);
            this.status = status;
            this.problem = readLeniently(body);
        }

        public int status() {
            return status;
        }

        /** The stable code, or an empty text when the answer was no problem document. */
        public String code() {
            return problem.path("code").asText();
        }

        public JsonNode problem() {
            return problem;
        }

        private static JsonNode readLeniently(String body) {
            try {
                JsonNode read = JSON.readTree(body);
                return read == null ? JSON.createObjectNode() : read;
            } catch (IOException notJson) {
                return JSON.createObjectNode();
            }
        }
    }

    public static ObjectNode object() {
        return JSON.createObjectNode();
    }

    public JsonNode get(String path) {
        return json(send(request(path).GET()));
    }

    /** What is no JSON, as text: a file of a guest, or a page. */
    public HttpResponse<String> getText(String path) {
        return send(request(path)
                .setHeader("Accept", "application/octet-stream, text/html, application/problem+json")
                .GET());
    }

    /** Posts with a new Idempotency-Key. */
    public JsonNode post(String path, JsonNode body) {
        return json(postRaw(path, body.toString()));
    }

    /** Posts any text as JSON and gives the whole answer. */
    public HttpResponse<String> postRaw(String path, String body) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", UUID.randomUUID().toString())
                .POST(BodyPublishers.ofString(body)));
    }

    /** Posts a command without a body. */
    public JsonNode post(String path) {
        return json(send(request(path)
                .header("Idempotency-Key", UUID.randomUUID().toString())
                .POST(BodyPublishers.noBody())));
    }

    public void delete(String path) {
        send(request(path).DELETE());
    }

    /** All items of a list, over all its pages. */
    public List<JsonNode> all(String path) {
        List<JsonNode> items = new ArrayList<>();
        String separator = path.contains("?") ? "&" : "?";
        String cursor = null;
        do {
            JsonNode page = get(path + separator + "limit=1000" + (cursor == null ? "" : "&cursor=" + cursor));
            page.path("items").forEach(items::add);
            cursor = page.path("nextCursor").asText(null);
        } while (cursor != null);
        return items;
    }

    /**
     * Asks until the answer is as wanted. Refusals count as "not yet": what is asked for may still have to appear.
     *
     * @throws AssertionError after the deadline, with the last answer
     */
    public JsonNode await(String what, Duration limit, String path, Predicate<JsonNode> wanted) {
        Instant deadline = Instant.now().plus(limit);
        Object last = "nothing";
        while (Instant.now().isBefore(deadline)) {
            try {
                JsonNode answer = get(path);
                if (wanted.test(answer)) {
                    return answer;
                }
                last = answer;
            } catch (RefusedException | UnreachableException notYet) {
                last = notYet.getMessage();
            }
            pause();
        }
        throw new AssertionError("after %s still not: %s. Last answer of %s: %s".formatted(limit, what, path, last));
    }

    /** The site did not answer at all. */
    public static final class UnreachableException extends RuntimeException {
        UnreachableException(String call, IOException cause) {
            super(call + ": " + cause, cause);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(base.resolve(path))
                .timeout(REQUEST_TIMEOUT)
                .header("Authorization", "Bearer " + token)
                .header("Accept", "application/json, application/problem+json");
    }

    private HttpResponse<String> send(HttpRequest.Builder builder) {
        HttpRequest request = builder.build();
        String call = request.method() + " " + request.uri().getPath();
        try {
            HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
            if (answer.statusCode() / 100 != 2) {
                throw new RefusedException(call, answer.statusCode(), answer.body());
            }
            return answer;
        } catch (IOException failed) {
            throw new UnreachableException(call, failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted at " + call, interrupted);
        }
    }

    private static JsonNode json(HttpResponse<String> answer) {
        try {
            JsonNode read = JSON.readTree(answer.body());
            JsonNode body = read == null || read.isMissingNode() ? JSON.createObjectNode() : read;
            // A 202 names what it started in Location; give callers one place to look.
            if (body instanceof ObjectNode object) {
                answer.headers().firstValue("Location").ifPresent(location -> object.put("location", location));
            }
            return body;
        } catch (IOException notJson) {
            throw new IllegalStateException("not JSON: " + answer.body(), notJson);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(POLL_PAUSE);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting", interrupted);
        }
    }
}
