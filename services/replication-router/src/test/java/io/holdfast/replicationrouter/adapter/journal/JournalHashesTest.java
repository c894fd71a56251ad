package io.holdfast.replicationrouter.adapter.journal;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationrouter.runtime.ReplicaReader.Answer;
import io.holdfast.replicationrouter.runtime.ReplicaReader.Question;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A journal-store over HTTP, sound and hostile. */
class JournalHashesTest {
    private final Question question =
            new Question(PgId.random(), AgentId.random(), VolumeId.random(), 3, 7, 65536, 131072, 65536, "");
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final CountDownLatch end = new CountDownLatch(1);
    private HttpServer server;
    private volatile Reply reply;
    private JournalHashes hashes;

    private interface Reply {
        void to(HttpExchange exchange) throws Exception;
    }

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Authorization"));
            try {
                reply.to(exchange);
            } catch (Exception broken) {
                // The client's view of it is what counts.
            } finally {
                exchange.close();
            }
        });
        server.start();
        hashes = new JournalHashes(() -> "Bearer t");
    }

    @AfterEach
    void stop() {
        end.countDown();
        hashes.close();
        server.stop(0);
    }

    private String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private Answer ask(String address) throws Exception {
        return ask(address, question);
    }

    private Answer ask(String address, Question asked) throws Exception {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        hashes.read(address, asked, answer::complete);
        return answer.get(60, TimeUnit.SECONDS);
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().add("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    private static Reply problem(int status, String code) {
        return exchange -> send(
                exchange,
                status,
                "application/problem+json;charset=UTF-8",
                ("{\"code\": \"" + code + "\"}").getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aQuestionIsOneGetAndItsBodyIsTheAnswer() throws Exception {
        byte[] body = new byte[64];
        body[9] = 1;
        reply = exchange -> send(exchange, 200, "application/octet-stream", body);

        assertThat(ask(address() + "/").hashes()).isEqualTo(body);

        assertThat(requests)
                .containsExactly(
                        ("GET /api/v1/journals/%s/volumes/%s/hashes?agentId=%s&epoch=3&seq=7&offset=65536&length=131072&chunk=65536"
                                        + " Bearer t")
                                .formatted(question.pg(), question.volume(), question.agent()));
    }

    @Test
    void theCaptureOfATapIsNamed() throws Exception {
        reply = exchange -> send(exchange, 200, "application/octet-stream", new byte[32]);

        ask(
                address(),
                new Question(question.pg(), question.agent(), question.volume(), 3, 7, 0, 65536, 65536, "a-B-9"));

        assertThat(requests).singleElement().asString().contains("&chunk=65536&capture=a-B-9 Bearer t");
    }

    @ParameterizedTest
    @CsvSource({
        "409, NOT_APPLIED_YET, NOT_APPLIED_YET",
        "429, TOO_MANY_REQUESTS, TOO_MANY_REQUESTS",
        "400, INVALID_RANGE, INVALID_RANGE",
        "404, VOLUME_NOT_FOUND, NO_SUCH_VOLUME",
        "404, JOURNAL_NOT_FOUND, JOURNAL_UNAVAILABLE",
        "503, JOURNAL_DAMAGED, JOURNAL_UNAVAILABLE",
        "401, UNAUTHENTICATED, JOURNAL_UNAVAILABLE",
        "400, <script>, JOURNAL_UNAVAILABLE"
    })
    void refusalsAreTranslatedIntoTheContractsCodes(int status, String code, String expected) throws Exception {
        reply = problem(status, code);

        assertThat(ask(address()).errorCode()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "[]", "null", "", "{\"code\": {\"code\": 1}}"})
    void aProblemThatIsNoneIsAJournalThatIsNotThere(String body) throws Exception {
        reply = exchange -> send(exchange, 500, "application/problem+json", body.getBytes(StandardCharsets.UTF_8));

        assertThat(ask(address()).errorCode()).isEqualTo("JOURNAL_UNAVAILABLE");
    }

    @Test
    void aBodyLargerThanAnyAnswerIsNotTakenIntoMemory() throws Exception {
        reply = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] part = new byte[64 << 10];
            for (int i = 0; i < 10_000; i++) {
                exchange.getResponseBody().write(part);
            }
        };

        assertThat(ask(address()).errorCode()).isEqualTo("JOURNAL_UNAVAILABLE");
    }

    @Test
    void aBodyThatNeverEndsIsGivenUp() throws Exception {
        hashes.close();
        hashes = new JournalHashes(() -> "Bearer t", Duration.ofMillis(300));
        reply = exchange -> {
            exchange.sendResponseHeaders(200, 64);
            exchange.getResponseBody().write(new byte[10]);
            exchange.getResponseBody().flush();
            end.await();
        };

        assertThat(ask(address()).errorCode()).isEqualTo("JOURNAL_UNAVAILABLE");
    }

    @Test
    void aRedirectIsNotFollowedSoThatTheTokenGoesNowhereElse() throws Exception {
        reply = exchange -> {
            exchange.getResponseHeaders().add("Location", address() + "/elsewhere");
            exchange.sendResponseHeaders(302, -1);
        };

        assertThat(ask(address()).errorCode()).isEqualTo("JOURNAL_UNAVAILABLE");
        assertThat(requests).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "http://", "ftp://127.0.0.1:1", "http://127.0.0.1:99999999", "http://a b/", "\0"})
    void anAddressThatIsNoneIsAJournalThatIsNotThere(String address) throws Exception {
        assertThat(ask(address).errorCode()).isEqualTo("JOURNAL_UNAVAILABLE");
    }

    @Test
    void aPortWhereNobodyListensIsAJournalThatIsNotThere() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        assertThat(ask("http://127.0.0.1:" + port).errorCode()).isEqualTo("JOURNAL_UNAVAILABLE");
    }

    @Test
    void withoutATokenAndAfterTheEndTheAnswerIsThatNobodyAnswers() throws Exception {
        JournalHashes withoutToken = new JournalHashes(() -> {
            throw new HoldfastException(CommonError.INVALID_CONFIGURATION, "no token");
        });
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        withoutToken.read(address(), question, answer::complete);
        assertThat(answer.get(60, TimeUnit.SECONDS).errorCode()).isEqualTo("JOURNAL_UNAVAILABLE");
        withoutToken.close();

        hashes.close();
        assertThat(ask(address()).errorCode()).isEqualTo("JOURNAL_UNAVAILABLE");
    }
}
