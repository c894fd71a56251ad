package io.holdfast.localsite.adapter.http;

import com.sun.net.httpserver.HttpExchange;
import io.holdfast.localsite.part.Part;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/**
 * Passes one request to a service and its answer back: method, raw path and query, headers, body, status.
 *
 * <p>Request bodies are held in memory and bounded; answers are streamed. Thread-safe.
 */
final class Forwarder {
    static final int LARGEST_REQUEST_BYTES = 1 << 20;

    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(60);
    /** Headers of one connection (RFC 9110, section 7.6.1), and those that the client sets by itself. */
    private static final Set<String> NOT_PASSED_ON = Set.of(
            "connection",
            "proxy-connection",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "host",
            "content-length",
            "expect",
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-proto",
            "x-request-id");

    private final HttpClient client;
    private final ToIntFunction<Part> httpPort;
    private final int ownPort;

    Forwarder(HttpClient client, ToIntFunction<Part> httpPort, int ownPort) {
        this.client = client;
        this.httpPort = httpPort;
        this.ownPort = ownPort;
    }

    void forward(HttpExchange exchange, Target.Service target, String requestId) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(LARGEST_REQUEST_BYTES + 1);
        if (body.length > LARGEST_REQUEST_BYTES) {
            // The rest is not read, so the connection cannot be used again.
            exchange.getResponseHeaders().set("Connection", "close");
            Replies.problem(
                    exchange,
                    requestId,
                    413,
                    "REQUEST_TOO_LARGE",
                    "A request body has at most %d bytes.".formatted(LARGEST_REQUEST_BYTES));
            return;
        }
        int port = httpPort.applyAsInt(target.part());
        HttpRequest request = request(exchange, target, requestId, port, body);
        HttpResponse<InputStream> response;
        try {
            response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException down) {
            Replies.problem(
                    exchange,
                    requestId,
                    502,
                    "DEPENDENCY_UNAVAILABLE",
                    "%s does not answer; GET /status says how it is.".formatted(target.part()));
            return;
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            Replies.problem(exchange, requestId, 503, "DEPENDENCY_UNAVAILABLE", "The site is stopping.");
            return;
        }
        answer(exchange, response, port);
    }

    private HttpRequest request(HttpExchange exchange, Target.Service target, String requestId, int port, byte[] body) {
        String query = exchange.getRequestURI().getRawQuery();
        URI uri = URI.create(
                "http://127.0.0.1:%d%s%s".formatted(port, target.rawPath(), query == null ? "" : "?" + query));
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(ANSWER_LIMIT);
        Set<String> named = namedByConnection(exchange.getRequestHeaders().get("Connection"));
        for (Map.Entry<String, List<String>> header :
                exchange.getRequestHeaders().entrySet()) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (!NOT_PASSED_ON.contains(name) && !named.contains(name)) {
                header.getValue().forEach(value -> request.header(header.getKey(), value));
            }
        }
        request.header("X-Forwarded-Host", "127.0.0.1:" + ownPort);
        request.header("X-Forwarded-Proto", "http");
        request.header("X-Forwarded-For", "127.0.0.1");
        request.header("X-Request-Id", requestId);
        boolean hasBody = body.length > 0 || exchange.getRequestHeaders().containsKey("Content-Length");
        request.method(
                exchange.getRequestMethod(),
                hasBody ? HttpRequest.BodyPublishers.ofByteArray(body) : HttpRequest.BodyPublishers.noBody());
        return request.build();
    }

    /** A sender may name more headers that are meant for this connection only. */
    private static Set<String> namedByConnection(List<String> values) {
        return values == null
                ? Set.of()
                : values.stream()
                        .flatMap(value -> List.of(value.split(",")).stream())
                        .map(name -> name.strip().toLowerCase(Locale.ROOT))
                        .collect(Collectors.toUnmodifiableSet());
    }

    private void answer(HttpExchange exchange, HttpResponse<InputStream> response, int port) throws IOException {
        response.headers().map().forEach((name, values) -> {
            if (!NOT_PASSED_ON.contains(name.toLowerCase(Locale.ROOT))) {
                exchange.getResponseHeaders().put(name, values.stream().toList());
            }
        });
        response.headers().firstValue("X-Request-Id").ifPresent(id -> exchange.getResponseHeaders()
                .set("X-Request-Id", id));
        response.headers().firstValue("Location").ifPresent(location -> exchange.getResponseHeaders()
                .set("Location", throughProxy(location, port)));
        try (InputStream body = response.body()) {
            if (exchange.getRequestMethod().equals("HEAD") || hasNoBody(response.statusCode())) {
                exchange.sendResponseHeaders(response.statusCode(), -1);
                return;
            }
            // 0 means "length unknown" to this server, and -1 "no body".
            long length = response.headers().firstValueAsLong("Content-Length").orElse(0);
            boolean empty = length == 0
                    && response.headers().firstValue("Content-Length").isPresent();
            exchange.sendResponseHeaders(response.statusCode(), empty ? -1 : length);
            if (!empty) {
                try (OutputStream out = exchange.getResponseBody()) {
                    body.transferTo(out);
                }
            }
        }
    }

    private static boolean hasNoBody(int status) {
        return status == 204 || status == 304 || status < 200;
    }

    /** A service names its own port when it names itself; callers know only ours. */
    private String throughProxy(String location, int port) {
        for (String own : List.of("http://127.0.0.1:" + port + "/", "http://localhost:" + port + "/")) {
            if (location.startsWith(own)) {
                return "http://127.0.0.1:" + ownPort + "/" + location.substring(own.length());
            }
        }
        return location;
    }
}
