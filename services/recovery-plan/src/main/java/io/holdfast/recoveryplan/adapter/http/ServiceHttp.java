package io.holdfast.recoveryplan.adapter.http;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Sends requests to another service of the site. Every request that is sent through here may be sent twice: reads, deletes, and posts with an
 * Idempotency-Key. Thread-safe.
 */
public final class ServiceHttp implements AutoCloseable {
    /** A page of 1000 checkpoints of a group with 1000 volumes would be larger; nothing that we ask for comes near it. */
    private static final int MAX_REPLY_BYTES = 16 * 1024 * 1024;

    private static final Duration BEFORE_NEXT_ATTEMPT = Duration.ofMillis(200);

    /** Bounds of one call, all its attempts together take at most {@code attempts × (request timeout + 200 ms)}. */
    public record Limits(Duration connectTimeout, Duration requestTimeout, int attempts) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Problem(String code, String detail) {}

    private final String service;
    private final URI base;
    private final Supplier<String> authorization;
    private final Limits limits;
    private final HttpClient http;
    private final ObjectMapper json =
            JsonMapper.builder().addModule(new JavaTimeModule()).build();

    /**
     * @param service its name, for messages
     * @param base address of the site or of the service, without {@code /api}
     * @param authorization value of the header, asked for with each attempt because tokens are renewed
     */
    public ServiceHttp(String service, URI base, Supplier<String> authorization, Limits limits) {
        this.service = service;
        this.base = base.toString().endsWith("/") ? base : URI.create(base + "/");
        this.authorization = authorization;
        this.limits = limits;
        // An upgrade to HTTP/2 in clear text loses a request now and then (EOF, quarkusio/quarkus#35180), and brings us
        // nothing.
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(limits.connectTimeout())
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    public <T> T get(String path, Class<T> reply) {
        return parse(send("GET", path, Map.of(), BodyPublishers.noBody()), reply);
    }

    public <T> T post(String path, String idempotencyKey, Object body, Class<T> reply) {
        Map<String, String> headers = Map.of("Idempotency-Key", idempotencyKey, "Content-Type", "application/json");
        return parse(send("POST", path, headers, BodyPublishers.ofString(write(body))), reply);
    }

    /** Replaces what is at the path; repeating it changes nothing. */
    public void put(String path, Object body) {
        send("PUT", path, Map.of("Content-Type", "application/json"), BodyPublishers.ofString(write(body)));
    }

    public void delete(String path) {
        send("DELETE", path, Map.of(), BodyPublishers.noBody());
    }

    /** Tries until an answer comes that another attempt would not change. Returns only on success. */
    private String send(String method, String path, Map<String, String> headers, BodyPublisher body) {
        for (int attempt = 1; ; attempt++) {
            try {
                return sendOnce(method, path, headers, body);
            } catch (HoldfastException failed) {
                boolean again = failed.code() == CommonError.DEPENDENCY_UNAVAILABLE && attempt < limits.attempts();
                if (!again || Thread.currentThread().isInterrupted()) {
                    throw failed;
                }
                LockSupport.parkNanos(BEFORE_NEXT_ATTEMPT.toNanos());
            }
        }
    }

    private String sendOnce(String method, String path, Map<String, String> headers, BodyPublisher body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path))
                .timeout(limits.requestTimeout())
                .header("Authorization", authorization.get())
                .header("Accept", "application/json")
                .method(method, body);
        headers.forEach(request::header);
        HttpResponse<String> response;
        try {
            response = http.send(request.build(), BodyHandlers.limiting(BodyHandlers.ofString(), MAX_REPLY_BYTES));
        } catch (IOException failed) {
            throw unavailable(
                    "it cannot be reached or did not answer in time (%s)".formatted(describe(failed)), failed);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw unavailable("recovery-plan is stopping", stopped);
        }
        if (response.statusCode() >= 200 && response.statusCode() < 300) {
            return response.body();
        }
        throw refused(response);
    }

    private HoldfastException refused(HttpResponse<String> response) {
        boolean problem = response.headers()
                .firstValue("Content-Type")
                .filter(type -> type.startsWith("application/problem+json"))
                .isPresent();
        Optional<Problem> said = problem ? problem(response.body()) : Optional.empty();
        if (said.isEmpty()) {
            // Whatever answered, a proxy or a process that is starting, it was not the service: its 404 says
            // nothing about journals.
            return unavailable("something else answered at its address, with status " + response.statusCode(), null);
        }
        String message = service + ": " + said.get().detail();
        return new HoldfastException(RemoteError.of(said.get().code(), response.statusCode()), message);
    }

    private Optional<Problem> problem(String body) {
        try {
            Problem problem = json.readValue(body, Problem.class);
            boolean usable = problem != null
                    && problem.code() != null
                    && problem.code().matches("[A-Z][A-Z0-9_]{0,63}")
                    && problem.detail() != null
                    && problem.detail().length() <= 4000;
            return usable ? Optional.of(problem) : Optional.empty();
        } catch (JacksonException malformed) {
            return Optional.empty();
        }
    }

    private <T> T parse(String body, Class<T> type) {
        try {
            T reply = json.readValue(body, type);
            if (reply != null) {
                return reply;
            }
        } catch (JacksonException malformed) {
            throw new HoldfastException(
                    CommonError.MALFORMED_DATA, "the %s's reply cannot be read".formatted(service), malformed);
        }
        throw new HoldfastException(CommonError.MALFORMED_DATA, "the %s's reply is empty".formatted(service));
    }

    private String write(Object body) {
        try {
            return json.writeValueAsString(body);
        } catch (JacksonException impossible) {
            throw new IllegalStateException("requests are maps of text", impossible);
        }
    }

    private HoldfastException unavailable(String reason, Exception cause) {
        return new HoldfastException(
                CommonError.DEPENDENCY_UNAVAILABLE,
                "the %s at %s does not answer: %s".formatted(service, base, reason),
                cause);
    }

    private static String describe(IOException failed) {
        return failed.getMessage() == null ? failed.getClass().getSimpleName() : failed.getMessage();
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
