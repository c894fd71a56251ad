package io.holdfast.cli.site;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * A site's REST interface. Every call either answers with JSON or throws {@link CommandFailure} with the site's own sentence and code. A request that
 * changes something carries an Idempotency-Key, so that it can be sent again when its answer was lost. One thread.
 */
public final class Site {
    /** Sendings of a request whose answer did not come. */
    private static final int ATTEMPTS = 3;

    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);
    /** Items that one command reads of a list, so that a huge site cannot fill this process. */
    private static final int MOST_ITEMS = 100_000;

    private static final int MOST_PROBLEM_BYTES = 1 << 16;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final SiteAddress address;
    private final HttpClient http;

    public Site(SiteAddress address) {
        this.address = address;
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT_LIMIT);
        address.authority().map(Authority::trusting).ifPresent(builder::sslContext);
        this.http = builder.build();
    }

    /** @param path such as {@code api/v1/hosts}, relative to the site's address */
    public JsonNode get(String path) {
        return exchange("GET", path, Optional.empty(), Map.of()).json();
    }

    /**
     * Bytes as they come, as many as there are; in one piece, or not at all.
     *
     * @param into where to; stays open
     * @return how many
     * @throws CommandFailure also when fewer came than were announced
     */
    public long download(String path, OutputStream into) {
        return download(path, "application/octet-stream", into);
    }

    /** As {@link #download(String, OutputStream)}. @param mediaType that is asked for */
    public long download(String path, String mediaType, OutputStream into) {
        HttpRequest.Builder request = HttpRequest.newBuilder(at(path))
                .timeout(address.limit())
                .header("Accept", mediaType + ", application/problem+json")
                .GET();
        address.token().ifPresent(token -> request.header("Authorization", "Bearer " + token));
        HttpResponse<InputStream> response = send(request.build(), BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            if (response.statusCode() != 200) {
                throw refusal(
                        response.statusCode(), new String(body.readNBytes(MOST_PROBLEM_BYTES), StandardCharsets.UTF_8));
            }
            return body.transferTo(into);
        } catch (IOException cut) {
            throw new CommandFailure(ExitCode.UNREACHABLE, "the bytes stopped coming: " + reason(cut), cut);
        }
    }

    public JsonNode post(String path, JsonNode body) {
        return exchange("POST", path, Optional.of(body), key()).json();
    }

    /** A command without a body. */
    public JsonNode post(String path) {
        return exchange("POST", path, Optional.empty(), key()).json();
    }

    /** @param key the order's own: sent again with it, also by another call of the command, it is done once */
    public JsonNode post(String path, JsonNode body, String key) {
        return exchange("POST", path, Optional.of(body), key(key)).json();
    }

    /** @param revision that the change was made from */
    public JsonNode put(String path, JsonNode body, long revision) {
        return exchange("PUT", path, Optional.of(body), ifMatch(revision)).json();
    }

    /** Replaces what is there, whatever it was. */
    public JsonNode put(String path, JsonNode body) {
        return exchange("PUT", path, Optional.of(body), key()).json();
    }

    public JsonNode delete(String path) {
        return exchange("DELETE", path, Optional.empty(), key()).json();
    }

    public JsonNode delete(String path, long revision) {
        return exchange("DELETE", path, Optional.empty(), ifMatch(revision)).json();
    }

    /** Anything else, for {@code holdfast api}. */
    public JsonNode any(String method, String path, Optional<JsonNode> body) {
        return exchange(method, path, body, method.equals("GET") ? Map.of() : key())
                .json();
    }

    /** @param limit at most so many items */
    public List<JsonNode> list(String path, int limit) {
        List<JsonNode> items = new ArrayList<>();
        String cursor = "";
        do {
            int page = Math.min(1000, Math.max(1, Math.min(limit, MOST_ITEMS) - items.size()));
            String query = (path.contains("?") ? "&" : "?") + "limit=" + page
                    + (cursor.isEmpty() ? "" : "&cursor=" + encoded(cursor));
            JsonNode reply = get(path + query);
            reply.path("items").forEach(items::add);
            cursor = reply.path("nextCursor").asText("");
        } while (!cursor.isEmpty() && items.size() < Math.min(limit, MOST_ITEMS));
        return items;
    }

    public List<JsonNode> list(String path) {
        return list(path, MOST_ITEMS);
    }

    public static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static Map<String, String> key() {
        return key(UUID.randomUUID().toString());
    }

    private static Map<String, String> key(String key) {
        return Map.of("Idempotency-Key", key);
    }

    private static Map<String, String> ifMatch(long revision) {
        return Map.of("If-Match", "\"" + revision + "\"");
    }

    private record Answer(String body) {
        JsonNode json() {
            try {
                return body.isBlank() ? JSON.missingNode() : JSON.readTree(body);
            } catch (JsonProcessingException notJson) {
                throw new CommandFailure(
                        ExitCode.UNREACHABLE, "what answers there is no Holdfast site: no JSON came", notJson);
            }
        }
    }

    private Answer exchange(String method, String path, Optional<JsonNode> body, Map<String, String> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(at(path))
                .timeout(address.limit())
                .header("Accept", "application/json, application/problem+json")
                .method(
                        method,
                        body.map(json -> BodyPublishers.ofString(json.toString()))
                                .orElseGet(BodyPublishers::noBody));
        body.ifPresent(_ -> request.header("Content-Type", "application/json"));
        address.token().ifPresent(token -> request.header("Authorization", "Bearer " + token));
        headers.forEach(request::header);
        HttpResponse<String> response = send(request.build(), BodyHandlers.ofString());
        if (response.statusCode() / 100 != 2) {
            throw refusal(response.statusCode(), response.body());
        }
        return new Answer(response.body());
    }

    private URI at(String path) {
        try {
            return address.base().resolve(path.startsWith("/") ? path.substring(1) : path);
        } catch (IllegalArgumentException malformed) {
            throw new CommandFailure(ExitCode.USAGE, "'%s' is no path of a site".formatted(path), malformed);
        }
    }

    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> body) {
        IOException last = null;
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            try {
                return http.send(request, body);
            } catch (IOException lost) {
                // Sent again with the same Idempotency-Key, or a read: no harm.
                last = lost;
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                throw new CommandFailure(ExitCode.UNREACHABLE, "stopped while waiting for the site", stopped);
            }
        }
        throw new CommandFailure(
                ExitCode.UNREACHABLE, "%s does not answer: %s".formatted(address.base(), reason(last)), last);
    }

    private static String reason(IOException lost) {
        return switch (lost) {
            case HttpConnectTimeoutException _ -> "no connection within " + CONNECT_LIMIT.toSeconds() + " s";
            case HttpTimeoutException _ -> "no answer in time";
            case ConnectException _ -> "no connection could be made";
            default -> lost.getMessage() == null ? "the connection was lost" : lost.getMessage();
        };
    }

    private static CommandFailure refusal(int status, String body) {
        ExitCode code =
                switch (status) {
                    case 401, 403 -> ExitCode.NOT_ALLOWED;
                    case 404 -> ExitCode.NOT_FOUND;
                    default -> status >= 500 || status == 429 ? ExitCode.UNREACHABLE : ExitCode.REFUSED;
                };
        return new CommandFailure(code, sentence(status, body));
    }

    /** The problem's own words with its code; what is no problem document is shown by its status alone. */
    private static String sentence(int status, String body) {
        try {
            JsonNode problem = JSON.readTree(body);
            if (problem != null && problem.hasNonNull("code")) {
                String violations = problem.path("violations")
                        .valueStream()
                        .map(one -> "\n  %s %s"
                                .formatted(
                                        one.path("field").asText(),
                                        one.path("message").asText()))
                        .collect(Collectors.joining());
                return "%s: %s%s"
                        .formatted(
                                problem.path("code").asText(),
                                problem.path("detail").asText(),
                                violations);
            }
        } catch (JsonProcessingException notJson) {
            // By its status.
        }
        return "the site answered %d%s".formatted(status, status == 401 ? ": no valid token was given" : "");
    }
}
