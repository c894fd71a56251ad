package io.holdfast.recoveryplan.adapter.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SessionId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.recoveryplan.run.CheckpointMark;
import io.holdfast.recoveryplan.run.Part;
import io.holdfast.recoveryplan.run.RecoveryPoint;
import io.holdfast.recoveryplan.run.RunError;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The client of the journal-store")
class JournalStoreClientTest {
    private static final PgId PG = PgId.random();
    private static final RecoveryPoint LATEST = new RecoveryPoint.Latest();

    private HttpServer server;
    private JournalStoreClient client;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final CountDownLatch released = new CountDownLatch(1);

    @BeforeEach
    void startServer() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        client = client(Duration.ofSeconds(60));
    }

    /** @param patience for an answer */
    private JournalStoreClient client(Duration patience) {
        return new JournalStoreClient(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
                () -> "Bearer secret",
                Duration.ofSeconds(60),
                patience,
                2);
    }

    @AfterEach
    void stopServer() {
        released.countDown();
        client.close();
        server.stop(0);
    }

    private void answer(int status, String type, String body) {
        server.createContext("/", exchange -> {
            try (exchange) {
                requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                        + exchange.getRequestHeaders().getFirst("Authorization") + " "
                        + exchange.getRequestHeaders().getFirst("Idempotency-Key"));
                byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", type);
                exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        });
    }

    @ParameterizedTest(name = "passes {1} on with status {0}, and sends once")
    @CsvSource({
        "409, CHECKPOINT_EXPIRED, CONFLICT",
        "404, JOURNAL_NOT_FOUND, NOT_FOUND",
        "507, TOO_MANY_OPEN, EXHAUSTED",
        "503, SESSION_RESTORING, UNAVAILABLE",
        "401, UNAUTHENTICATED, UNAUTHENTICATED",
        "418, TEAPOT, INTERNAL"
    })
    void passesCodesOn(int status, String code, Blame blame) {
        answer(status, "application/problem+json", "{\"code\": \"%s\", \"detail\": \"a sentence\"}".formatted(code));

        HoldfastException refused = refusal(() -> client.open(PG, CheckpointId.random(), Optional.empty(), "key"));

        assertThat(refused.code().name()).isEqualTo(code);
        assertThat(refused.code().blame()).isEqualTo(blame);
        assertThat(refused).hasMessageContaining("a sentence");
        assertThat(requests).hasSize(1);
        assertThat(requests.getFirst()).startsWith("POST /api/v1/journals/" + PG + "/sessions Bearer secret key");
    }

    @Test
    void saysThatAGroupHasNothingOfThePartThere() {
        answer(404, "application/problem+json", "{\"code\": \"VOLUME_NOT_FOUND\", \"detail\": \"x\"}");
        Part.Served only = new Part.Served(Set.of(VmId.random()), Set.of(VolumeId.random()));

        HoldfastException refused = refusal(() -> client.open(PG, CheckpointId.random(), Optional.of(only), "key"));

        assertThat(refused.code()).isEqualTo(RunError.PART_NOT_IN_CHECKPOINT);
    }

    @ParameterizedTest(name = "does not take {0} for the journal-store''s word")
    @CsvSource(
            delimiter = '|',
            value = {
                "a proxy's 404|404|text/html|<html>not found</html>",
                "a proxy's 502|502|text/html|<html>bad gateway</html>",
                "an empty 503|503|text/plain|''",
                "a problem without code|404|application/problem+json|{\"detail\": \"x\"}",
                "a problem with a wild code|404|application/problem+json|{\"code\": \"drop table\", \"detail\": \"x\"}",
                "a broken problem|404|application/problem+json|{",
                "a redirect|302|text/html|<html>login</html>"
            })
    void doesNotBelieveStrangers(String what, int status, String type, String body) {
        answer(status, type, body);

        HoldfastException refused = refusal(() -> client.close(PG, SessionId.random()));

        assertThat(refused.code().name()).isEqualTo("DEPENDENCY_UNAVAILABLE");
        assertThat(requests).as("attempts").hasSize(2);
    }

    @Test
    void marksACheckpointAndSaysWhenItIsGone() {
        CheckpointMark mark = new CheckpointMark(CheckpointMark.Kind.SUSPECT, "it did not boot");
        CheckpointId checkpoint = CheckpointId.random();
        answer(404, "application/problem+json", "{\"code\": \"CHECKPOINT_NOT_FOUND\", \"detail\": \"x\"}");

        assertThat(client.mark(PG, checkpoint, mark)).isFalse();
        assertThat(requests)
                .singleElement()
                .asString()
                .startsWith(
                        "PUT /api/v1/journals/%s/checkpoints/%s/marks/SUSPECT Bearer secret".formatted(PG, checkpoint));
    }

    @Test
    void choosesTheNewestVerifiedCheckpointThatNothingHasMadeDoubtful() {
        String doubted = checkpoint(CheckpointId.random(), "\"VERIFIED\", \"SUSPECT\"");
        CheckpointId sound = CheckpointId.random();
        answer(
                200,
                "application/json",
                "{\"items\": [%s, %s, %s, %s]}"
                        .formatted(
                                checkpoint(CheckpointId.random(), ""),
                                doubted,
                                checkpoint(sound, "\"VERIFIED\""),
                                checkpoint(CheckpointId.random(), "\"VERIFIED\"")));

        assertThat(client.choose(PG, new RecoveryPoint.LatestVerified()).id()).isEqualTo(sound);
    }

    @Test
    void looksThroughTheNewestCheckpointsForAVerifiedOneAndNotForEver() {
        answer(
                200,
                "application/json",
                "{\"items\": [%s], \"nextCursor\": \"a+b\"}".formatted(checkpoint(CheckpointId.random(), "")));

        HoldfastException refused = refusal(() -> client.choose(PG, new RecoveryPoint.LatestVerified()));

        assertThat(refused.code().name()).isEqualTo("CHECKPOINT_NOT_FOUND");
        assertThat(requests).hasSize(87);
        assertThat(requests.getLast()).contains("cursor=a%2Bb");
    }

    private static String checkpoint(CheckpointId id, String marks) {
        return "{\"id\": \"%s\", \"kind\": \"CRASH\", \"lsn\": 7, \"cutAt\": \"2026-03-01T10:14:06Z\", \"marks\": [%s]}"
                .formatted(id, marks);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SESSION_NOT_FOUND", "JOURNAL_NOT_FOUND"})
    void takesASessionThatIsGoneAsClosed(String code) {
        answer(404, "application/problem+json", "{\"code\": \"%s\", \"detail\": \"x\"}".formatted(code));

        client.close(PG, SessionId.random());

        assertThat(requests).hasSize(1);
    }

    @ParameterizedTest(name = "refuses the reply {0}")
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{",
                "{\"items\": null}",
                "{\"items\": [{}]}",
                "{\"items\": [{\"id\": \"x\", \"kind\": \"CRASH\", \"lsn\": 1, \"cutAt\": \"2026-01-01T00:00:00Z\"}]}",
                "{\"items\": [{\"id\": \"6f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e10\", \"kind\": \"CRASH\", \"lsn\": 1, \"cutAt\": \"noon\"}]}"
            })
    void refusesMalformedReplies(String body) {
        answer(200, "application/json", body);

        assertThat(refusal(() -> client.choose(PG, LATEST)).code().name()).isIn("MALFORMED_DATA", "INVALID_ID");
    }

    @Test
    void stopsReadingAReplyThatIsTooLarge() {
        answer(200, "application/json", "{\"items\": [], \"pad\": \"" + "x".repeat(17 << 20) + "\"}");

        assertThat(refusal(() -> client.choose(PG, LATEST)).code().name()).isEqualTo("DEPENDENCY_UNAVAILABLE");
    }

    @Test
    void givesUpWaitingForAnAnswer() {
        server.createContext("/", exchange -> {
            requests.add("asked");
            try (exchange) {
                released.await(10, TimeUnit.SECONDS);
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        });

        try (JournalStoreClient impatient = client(Duration.ofSeconds(2))) {
            assertThat(refusal(() -> impatient.choose(PG, LATEST)).code().name())
                    .isEqualTo("DEPENDENCY_UNAVAILABLE");
        }
        assertThat(requests).as("attempts").hasSize(2);
    }

    @Test
    void saysWhenNobodyListens() {
        server.stop(0);

        assertThat(refusal(() -> client.choose(PG, LATEST)))
                .hasMessageContaining("does not answer")
                .satisfies(refused ->
                        assertThat(refused.code().blame().retryable()).isTrue());
    }

    @Test
    void saysWhenThereIsNoCheckpoint() {
        answer(200, "application/json", "{\"items\": [], \"unknown\": 1}");

        assertThat(refusal(() -> client.choose(PG, LATEST)).code().name()).isEqualTo("CHECKPOINT_NOT_FOUND");
    }

    private static HoldfastException refusal(ThrowingCallable call) {
        HoldfastException[] caught = new HoldfastException[1];
        assertThatThrownBy(call).isInstanceOfSatisfying(HoldfastException.class, refused -> caught[0] = refused);
        return caught[0];
    }
}
