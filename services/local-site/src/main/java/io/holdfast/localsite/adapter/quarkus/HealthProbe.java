package io.holdfast.localsite.adapter.quarkus;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Asks a service whether it is ready to work. */
record HealthProbe(HttpClient client, int port) implements BooleanSupplier {
    private static final Duration LIMIT = Duration.ofSeconds(2);
    private static final int READY = 200;

    @Override
    public boolean getAsBoolean() {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/q/health/ready".formatted(port)))
                .timeout(LIMIT)
                .build();
        try {
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == READY;
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
