package io.holdfast.nbd.client;

import java.time.Duration;

/**
 * How a client behaves.
 *
 * @param requestsInFlight requests sent and not answered; a further caller waits; 1 to 1,024
 * @param connectTimeout time for connection and handshake
 * @param requestTimeout time for one request, from before it is sent until it is answered; then the connection ends
 * @param structuredReplies ask for structured replies; without them there are no error texts and no allocation states
 */
public record ClientOptions(
        int requestsInFlight, Duration connectTimeout, Duration requestTimeout, boolean structuredReplies) {
    /** 64 requests, 10 s to connect, 60 s per request, structured replies. */
    public static final ClientOptions DEFAULT =
            new ClientOptions(64, Duration.ofSeconds(10), Duration.ofSeconds(60), true);

    public ClientOptions {
        if (requestsInFlight < 1 || requestsInFlight > 1024) {
            throw new IllegalArgumentException("requestsInFlight must be in 1..1024, was " + requestsInFlight);
        }
        if (connectTimeout.toMillis() < 1 || requestTimeout.toMillis() < 1) {
            throw new IllegalArgumentException("timeouts must be at least 1 ms");
        }
    }

    public ClientOptions withRequestsInFlight(int value) {
        return new ClientOptions(value, connectTimeout, requestTimeout, structuredReplies);
    }

    public ClientOptions withConnectTimeout(Duration value) {
        return new ClientOptions(requestsInFlight, value, requestTimeout, structuredReplies);
    }

    public ClientOptions withRequestTimeout(Duration value) {
        return new ClientOptions(requestsInFlight, connectTimeout, value, structuredReplies);
    }

    public ClientOptions withStructuredReplies(boolean value) {
        return new ClientOptions(requestsInFlight, connectTimeout, requestTimeout, value);
    }
}
