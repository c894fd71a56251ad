package io.holdfast.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** A site that says what a test wants: the answers of a path one after the other, the last one for ever. Remembers what it was asked. */
final class FakeSite implements AutoCloseable {
    record Asked(String method, String path, String body, String authorization, String key, String ifMatch) {}

    record Answer(int status, String body) {
        /** The connection ends without an answer. */
        static final Answer LOST = new Answer(0, "");
    }

    record Result(int exitCode, String out, String err) {}

    private final HttpServer server;
    private final Map<String, Deque<Answer>> answers = new ConcurrentHashMap<>();
    private final List<Asked> asked = Collections.synchronizedList(new ArrayList<>());

    FakeSite() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException noPort) {
            throw new UncheckedIOException(noPort);
        }
        server.createContext("/", this::answer);
        server.start();
    }

    /** @param request such as {@code GET /api/v1/hosts}; a query is not looked at */
    FakeSite on(String request, int status, String body) {
        return on(request, new Answer(status, body));
    }

    FakeSite on(String request, Answer answer) {
        answers.computeIfAbsent(request, _ -> new ArrayDeque<>()).add(answer);
        return this;
    }

    FakeSite list(String path, String... items) {
        return on("GET " + path, 200, "{\"items\":[" + String.join(",", items) + "]}");
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().toString();
            asked.add(new Asked(
                    exchange.getRequestMethod(),
                    path,
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8),
                    exchange.getRequestHeaders().getFirst("Authorization"),
                    exchange.getRequestHeaders().getFirst("Idempotency-Key"),
                    exchange.getRequestHeaders().getFirst("If-Match")));
            Answer next = next(
                    exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath());
            if (next.status() == 0) {
                return;
            }
            byte[] body = next.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(next.status(), body.length == 0 ? -1 : body.length);
            if (body.length > 0) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    private synchronized Answer next(String request) {
        Deque<Answer> known = answers.get(request);
        if (known == null) {
            return new Answer(
                    404, "{\"code\":\"NOT_FOUND\",\"detail\":\"the test has no answer for %s\"}".formatted(request));
        }
        return known.size() > 1 ? known.poll() : known.peek();
    }

    List<Asked> asked() {
        return List.copyOf(asked);
    }

    String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    Result run(String... words) {
        return runAt(address(), words);
    }

    static Result runAt(String address, String... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] all =
                Stream.concat(Stream.of(words), Stream.of("--server", address)).toArray(String[]::new);
        int code = Main.execute(new PrintWriter(out, true), new PrintWriter(err, true), all);
        return new Result(code, out.toString(), err.toString());
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
