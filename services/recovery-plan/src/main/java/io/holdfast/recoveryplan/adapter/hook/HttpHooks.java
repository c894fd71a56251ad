package io.holdfast.recoveryplan.adapter.hook;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.recoveryplan.execution.HookRunner;
import io.holdfast.recoveryplan.plan.HookCall;
import io.holdfast.recoveryplan.run.Failure;
import io.holdfast.recoveryplan.run.HookError;
import io.holdfast.recoveryplan.run.StepResult;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Requests to the hosts that the settings name. Nothing else can be reached through a plan: the host is compared before anything is resolved or
 * sent, a redirection is not followed, and no proxy of the environment is used.
 */
final class HttpHooks implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(10);

    private final HookLimits limits;
    private final Secrets secrets;
    private final HttpClient client = HttpClient.newBuilder()
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .proxy(HttpClient.Builder.NO_PROXY)
            .version(HttpClient.Version.HTTP_1_1)
            .build();

    HttpHooks(HookLimits limits) {
        this.limits = limits;
        this.secrets = new Secrets(limits.secrets());
    }

    StepResult.HookDone run(HookRunner.Call call, HookCall.Http http) {
        URI url = URI.create(http.url());
        requireAllowed(url);
        List<String> used = new ArrayList<>();
        HttpRequest request = request(call, http, url, used);
        Output output = new Output();
        int status = send(request, call.hook().timeout(), output, url);
        String body = hide(output.text(), used);
        boolean good = http.expected().isEmpty()
                ? status >= 200 && status < 300
                : http.expected().contains(status);
        String outcome = "%s %s://%s answered %d".formatted(http.method(), url.getScheme(), url.getAuthority(), status);
        if (!good) {
            throw new HoldfastException(HookError.HOOK_FAILED, outcome, Map.of(Failure.EVIDENCE, body));
        }
        return new StepResult.HookDone(outcome, body);
    }

    /** The host and the secrets. @throws HoldfastException {@code HOOK_NOT_ALLOWED} */
    void requireAllowed(HookCall.Http http) {
        requireAllowed(URI.create(http.url()));
        http.headers().forEach(header -> header.secret().ifPresent(secrets::read));
    }

    private void requireAllowed(URI url) {
        int port = url.getPort() >= 0 ? url.getPort() : url.getScheme().equals("https") ? 443 : 80;
        boolean plain = url.getPort() < 0 || port == (url.getScheme().equals("https") ? 443 : 80);
        boolean allowed = limits.httpHosts().stream()
                .anyMatch(host -> host.equalsIgnoreCase(url.getHost() + ":" + port)
                        || plain && host.equalsIgnoreCase(url.getHost()));
        if (!allowed) {
            throw new HoldfastException(
                    HookError.HOOK_NOT_ALLOWED,
                    "host '%s:%d' is not among holdfast.recovery-plan.hooks.http-hosts".formatted(url.getHost(), port));
        }
    }

    private HttpRequest request(HookRunner.Call call, HookCall.Http http, URI url, List<String> used) {
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .method(
                        http.method(),
                        http.body().isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(http.body()))
                .header("Idempotency-Key", call.idempotencyKey())
                .header("X-Holdfast-Run", call.runId())
                .header("X-Holdfast-Mode", call.mode())
                .header("X-Holdfast-Attempt", Integer.toString(call.attempt()));
        http.headers().forEach(header -> {
            String secret = header.secret().map(secrets::read).orElse("");
            if (!secret.isEmpty()) {
                used.add(secret);
            }
            request.setHeader(header.name(), header.value() + secret);
        });
        return request.build();
    }

    private int send(HttpRequest request, Duration timeout, Output output, URI url) {
        CompletableFuture<HttpResponse<Void>> sent = client.sendAsync(
                request,
                _ -> HttpResponse.BodySubscribers.ofByteArrayConsumer(
                        part -> part.ifPresent(bytes -> output.add(bytes, 0, bytes.length))));
        String where = url.getScheme() + "://" + url.getAuthority();
        try {
            return sent.get(timeout.toMillis(), TimeUnit.MILLISECONDS).statusCode();
        } catch (TimeoutException late) {
            sent.cancel(true);
            throw new HoldfastException(
                    HookError.HOOK_TIMED_OUT, "%s did not answer within %s".formatted(where, timeout), late);
        } catch (ExecutionException failed) {
            // Nobody was reached: certainly without an effect.
            HookError code =
                    failed.getCause() instanceof ConnectException ? HookError.HOOK_FAILED : HookError.HOOK_NO_ANSWER;
            throw new HoldfastException(
                    code, "%s: %s".formatted(where, failed.getCause().getClass().getSimpleName()), failed.getCause());
        } catch (InterruptedException stopping) {
            sent.cancel(true);
            Thread.currentThread().interrupt();
            throw new HoldfastException(HookError.HOOK_NO_ANSWER, "the service is being stopped", stopping);
        }
    }

    /** A server may repeat what it was sent. */
    private static String hide(String text, List<String> secrets) {
        String hidden = text;
        for (String secret : secrets) {
            hidden = hidden.replace(secret, "***");
        }
        return hidden;
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
