package io.holdfast.e2e.client;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/**
 * A page that a service shows to everybody, as text: its metrics or its status.
 *
 * @param address where it was read
 */
public record OpenPage(URI address, String text) {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final HttpClient HTTP = client();

    /** In HTTP/1.1: an upgrade in clear text to HTTP/2 loses a request now and then (EOF, quarkusio/quarkus#35180). */
    static HttpClient client() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(5))
                .build();
    }

    /**
     * Reads it now. Safe for several threads.
     *
     * @throws IllegalStateException when there is no answer within 20 s, or another one than 200
     */
    public static OpenPage read(URI address) {
        try {
            HttpResponse<String> answer =
                    HTTP.send(HttpRequest.newBuilder(address).timeout(LIMIT).build(), BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IllegalStateException(address + " answered " + answer.statusCode());
            }
            return new OpenPage(address, answer.body());
        } catch (IOException failed) {
            throw new IllegalStateException(address + " cannot be read", failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + address + " was read", interrupted);
        }
    }

    /**
     * The sum of a metric's samples; 0 when there is none.
     *
     * @param label as it stands in the sample, such as {@code group="…"}; empty for all samples
     */
    public double sum(String metric, String label) {
        return text.lines()
                .filter(line -> line.startsWith(metric + "{") || line.startsWith(metric + " "))
                .filter(line -> line.contains(label))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** As {@link #sum(String, String)}, for a protection group. */
    public long sumOf(String metric, String pgId) {
        return (long) sum(metric, "group=\"" + pgId + "\"");
    }
}
