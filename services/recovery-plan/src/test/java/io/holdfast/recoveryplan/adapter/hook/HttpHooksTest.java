package io.holdfast.recoveryplan.adapter.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.recoveryplan.execution.HookRunner;
import io.holdfast.recoveryplan.plan.Hook;
import io.holdfast.recoveryplan.plan.HookCall;
import io.holdfast.recoveryplan.run.StepResult;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A hook that is a request")
class HttpHooksTest {
    private static final Duration LONG = Duration.ofMinutes(2);

    private record Seen(String method, String path, String body, String key, String attempt, String authorization) {}

    private interface Reply {
        void to(HttpExchange exchange) throws IOException;
    }

    @TempDir
    Path folder;

    private final List<Seen> seen = new CopyOnWriteArrayList<>();
    private final CountDownLatch over = new CountDownLatch(1);
    private HttpServer server;
    private HttpHooks hooks;
    private volatile Reply reply = exchange -> answer(exchange, 200, "fine");

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            try (exchange) {
                seen.add(new Seen(
                        exchange.getRequestMethod(),
                        exchange.getRequestURI().toString(),
                        new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8),
                        exchange.getRequestHeaders().getFirst("Idempotency-Key"),
                        exchange.getRequestHeaders().getFirst("X-Holdfast-Attempt"),
                        exchange.getRequestHeaders().getFirst("Authorization")));
                reply.to(exchange);
            }
        });
        server.start();
        allow("127.0.0.1:" + server.getAddress().getPort());
    }

    private void allow(String... hosts) {
        if (hooks != null) {
            hooks.close();
        }
        hooks = new HttpHooks(new HookLimits(Optional.empty(), List.of(hosts), Optional.of(folder)));
    }

    @AfterEach
    void stop() {
        over.countDown();
        hooks.close();
        server.stop(0);
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Test
    void isSentWithItsKeyAttemptAndSecretAndKeepsTheAnswerWithoutTheSecret() throws IOException {
        Files.writeString(folder.resolve("dns-token"), "s3cret-4711\n");
        reply = exchange ->
                answer(exchange, 201, "you are " + exchange.getRequestHeaders().getFirst("Authorization"));

        StepResult.HookDone done =
                run(http("PUT", url("/zones"), "{\"a\":1}", List.of(201), header("Bearer ", "dns-token")), LONG);

        assertThat(seen).containsExactly(new Seen("PUT", "/zones", "{\"a\":1}", "key-1", "2", "Bearer s3cret-4711"));
        assertThat(done.output()).isEqualTo("you are Bearer ***");
        assertThat(done.detail()).contains("answered 201").doesNotContain("4711");
    }

    @Test
    void goesNowhereThatTheSettingsDoNotName() {
        for (String other : List.of(
                "http://localhost:" + server.getAddress().getPort() + "/",
                "http://127.0.0.1/",
                "http://169.254.169.254/latest/meta-data",
                "http://[::1]:" + server.getAddress().getPort() + "/")) {
            assertThat(refused(http("GET", other, "", List.of()), LONG).code().name())
                    .as(other)
                    .isEqualTo("HOOK_NOT_ALLOWED");
        }
        allow();
        assertThat(refused(http("GET", url("/"), "", List.of()), LONG).code().name())
                .isEqualTo("HOOK_NOT_ALLOWED");
        assertThat(seen).isEmpty();
    }

    @Test
    void doesNotFollowARedirection() {
        reply = exchange -> {
            exchange.getResponseHeaders().set("Location", "http://169.254.169.254/");
            answer(exchange, 302, "");
        };

        assertThat(refused(http("GET", url("/"), "", List.of()), LONG)).hasMessageContaining("answered 302");
        assertThat(seen).hasSize(1);
        assertThat(run(http("GET", url("/"), "", List.of(302)), LONG).detail()).contains("302");
    }

    @Test
    void failsWithWhatTheServerSays() {
        reply = exchange -> answer(exchange, 503, "try later");

        HoldfastException failed = refused(http("POST", url("/"), "", List.of()), LONG);

        assertThat(failed.code().name()).isEqualTo("HOOK_FAILED");
        assertThat(failed.details().get("evidence")).isEqualTo("try later");
    }

    @Test
    void keepsOnlyTheEndOfALongAnswer() {
        reply = exchange -> answer(exchange, 200, "x".repeat(3_000_000) + "end");

        String output = run(http("GET", url("/"), "", List.of()), LONG).output();

        assertThat(output).startsWith("…x").endsWith("xend").hasSize(HookLimits.OUTPUT_BYTES + 1);
    }

    @Test
    void isGivenUpAtItsTimeoutAlsoWhenTheAnswerNeverEnds() {
        reply = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write('x');
            exchange.getResponseBody().flush();
            awaitEnd();
        };

        HoldfastException late = refused(http("GET", url("/"), "", List.of()), Duration.ofSeconds(2));

        assertThat(late.code().name()).isEqualTo("HOOK_TIMED_OUT");
    }

    private void awaitEnd() {
        try {
            over.await();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void tellsNobodyListensFromNobodyAnswered() {
        reply = HttpExchange::close;
        assertThat(refused(http("POST", url("/"), "x", List.of()), LONG).code().name())
                .isEqualTo("HOOK_NO_ANSWER");

        server.stop(0);
        assertThat(refused(http("POST", url("/"), "x", List.of()), LONG).code().name())
                .isEqualTo("HOOK_FAILED");
    }

    @Test
    void isNotSentWithoutItsSecretAndSaysNothingOfAnyContent() throws IOException {
        Files.writeString(folder.resolve("two-lines"), "top\nsecret");
        for (String secret : List.of("missing", "two-lines")) {
            HoldfastException refused = refused(http("GET", url("/"), "", List.of(), header("", secret)), LONG);
            assertThat(refused.code().name()).isEqualTo("HOOK_NOT_ALLOWED");
            assertThat(refused).hasMessageContaining(secret).hasMessageNotContaining("top");
        }
        assertThat(seen).isEmpty();
    }

    private String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    private static HookCall.Header header(String value, String secret) {
        return new HookCall.Header("Authorization", value, Optional.of(secret));
    }

    private static HookCall.Http http(
            String method, String url, String body, List<Integer> expected, HookCall.Header... headers) {
        return new HookCall.Http(method, url, List.of(headers), body, expected);
    }

    private HoldfastException refused(HookCall.Http http, Duration timeout) {
        return catchThrowableOfType(HoldfastException.class, () -> run(http, timeout));
    }

    private StepResult.HookDone run(HookCall.Http http, Duration timeout) {
        Hook hook = new Hook(
                "hook", http, timeout, 1, Duration.ofSeconds(1), true, Hook.OnUnknown.RUN_AGAIN, Optional.empty());
        return hooks.run(new HookRunner.Call(hook, "run", "shop", "TEST", "app", "1.after-hook.1", 2, "key-1"), http);
    }
}
