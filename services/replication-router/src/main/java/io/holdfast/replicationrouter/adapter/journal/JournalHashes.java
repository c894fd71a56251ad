package io.holdfast.replicationrouter.adapter.journal;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationrouter.runtime.ReplicaReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Hashes of a replica from the journal-store that has it. Each question waits on a virtual thread of its own; how many there are is the caller's
 * bound. Thread-safe.
 */
public final class JournalHashes implements ReplicaReader, AutoCloseable {
    private static final Logger LOG = Logger.getLogger(JournalHashes.class);
    private static final Duration CONNECT = Duration.ofSeconds(5);
    /** Below the 30 s after which an agent asks again. */
    private static final Duration ANSWER = Duration.ofSeconds(25);
    /** 4096 hashes, or a problem. */
    private static final int MAX_REPLY_BYTES = 256 << 10;

    private final Supplier<String> authorization;
    private final Duration limit;
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("journal-hashes-", 0).factory());
    private final HttpClient http;
    private final ObjectMapper json = new ObjectMapper();

    /** @param authorization value of the header, asked for with each request because tokens are renewed */
    public JournalHashes(Supplier<String> authorization) {
        this(authorization, ANSWER);
    }

    /** @param limit for a whole answer */
    JournalHashes(Supplier<String> authorization, Duration limit) {
        this.authorization = authorization;
        this.limit = limit;
        // An upgrade to HTTP/2 in clear text loses a request now and then (EOF, quarkusio/quarkus#35180), and brings us
        // nothing.
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT)
                .executor(threads)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    @Override
    public void read(String restAddress, Question question, Consumer<Answer> answer) {
        try {
            threads.execute(() -> answer.accept(readNow(restAddress, question)));
        } catch (RejectedExecutionException closing) {
            answer.accept(Answer.refused("JOURNAL_UNAVAILABLE"));
        }
    }

    private Answer readNow(String restAddress, Question question) {
        try {
            HttpRequest request = HttpRequest.newBuilder(addressOf(restAddress, question))
                    .header("Authorization", authorization.get())
                    .GET()
                    .build();
            HttpResponse<byte[]> response = responseTo(request);
            return response.statusCode() == 200
                    ? new Answer("", response.body())
                    : Answer.refused(codeOf(response, question));
        } catch (IOException | TimeoutException | HoldfastException | IllegalArgumentException failed) {
            LOG.debugf("The journal-store at %s did not answer: %s", restAddress, failed);
            return Answer.refused("JOURNAL_UNAVAILABLE");
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return Answer.refused("JOURNAL_UNAVAILABLE");
        } catch (RuntimeException defect) {
            LOG.errorf(defect, "A question to the journal-store at %s failed; this is a defect of ours", restAddress);
            return Answer.refused("JOURNAL_UNAVAILABLE");
        }
    }

    /** The client's own time limit ends with the headers of an answer; a body that never ends must not keep a question under way. */
    private HttpResponse<byte[]> responseTo(HttpRequest request)
            throws IOException, TimeoutException, InterruptedException {
        CompletableFuture<HttpResponse<byte[]>> exchange =
                http.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_REPLY_BYTES));
        try {
            return exchange.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            throw new IOException(failed.getCause());
        } finally {
            exchange.cancel(true);
        }
    }

    private static URI addressOf(String restAddress, Question question) {
        String base = restAddress.endsWith("/") ? restAddress.substring(0, restAddress.length() - 1) : restAddress;
        return URI.create(base
                + "/api/v1/journals/%s/volumes/%s/hashes?agentId=%s&epoch=%d&seq=%d&offset=%d&length=%d&chunk=%d"
                        .formatted(
                                question.pg(),
                                question.volume(),
                                question.agent(),
                                question.epoch(),
                                question.seq(),
                                question.offset(),
                                question.length(),
                                question.chunkBytes())
                + (question.captureId().isEmpty() ? "" : "&capture=" + question.captureId()));
    }

    /** The code for the agent; what it need not tell apart is JOURNAL_UNAVAILABLE: ask again later. */
    private String codeOf(HttpResponse<byte[]> response, Question question) throws IOException {
        String type = response.headers().firstValue("Content-Type").orElse("");
        String code = type.startsWith("application/problem+json")
                ? json.readTree(response.body()).path("code").asText("")
                : "";
        return switch (code) {
            case "NOT_APPLIED_YET", "TOO_MANY_REQUESTS", "INVALID_RANGE" -> code;
            case "VOLUME_NOT_FOUND" -> "NO_SUCH_VOLUME";
            default -> {
                LOG.warnf(
                        "The journal-store refused hashes of group %s: status %d, code '%s'",
                        question.pg(), response.statusCode(), code);
                yield "JOURNAL_UNAVAILABLE";
            }
        };
    }

    @Override
    public void close() {
        http.shutdownNow();
        threads.shutdownNow();
    }
}
