package io.holdfast.nbd.server;

import io.holdfast.nbd.BlockSizes;
import java.time.Duration;

/**
 * Every bound of a server; the package description says what happens at each.
 *
 * @param connections connections at one time, all exports together, handshakes included; 1 to 10,000
 * @param requestsInFlight requests that one connection may have read and not answered; 1 to 1,024
 * @param workersPerConnection threads that one connection may use; 1 to 128. Also the number of its operations a device sees at once
 * @param payloadMemoryBytes memory for request and reply payloads, all connections together; at least 64 MiB. Smaller saves memory, larger
 *     lets more large requests run at once
 * @param handshakeTimeout time from the connection to the transmission phase, opening the export included
 * @param stallTimeout time for which a peer may make no progress in the middle of a request or while replies wait for it
 * @param closeGrace time for requests in flight to finish when the server closes
 */
public record ServerLimits(
        int connections,
        int requestsInFlight,
        int workersPerConnection,
        long payloadMemoryBytes,
        Duration handshakeTimeout,
        Duration stallTimeout,
        Duration closeGrace) {

    /** 64 connections, 64 requests, 16 workers, 256 MiB, 10 s, 60 s, 5 s. */
    public static final ServerLimits DEFAULT = new ServerLimits(
            64, 64, 16, 256L << 20, Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofSeconds(5));

    public ServerLimits {
        inRange("connections", connections, 1, 10_000);
        inRange("requestsInFlight", requestsInFlight, 1, 1024);
        inRange("workersPerConnection", workersPerConnection, 1, 128);
        inRange("payloadMemoryBytes", payloadMemoryBytes, 2L * BlockSizes.PAYLOAD_LIMIT, 1L << 40);
        inRange("handshakeTimeout in ms", handshakeTimeout.toMillis(), 1, 3_600_000);
        inRange("stallTimeout in ms", stallTimeout.toMillis(), 1, 3_600_000);
        inRange("closeGrace in ms", closeGrace.toMillis(), 0, 3_600_000);
    }

    private static void inRange(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " must be in " + least + ".." + most + ", was " + value);
        }
    }

    public ServerLimits withConnections(int value) {
        return new ServerLimits(
                value,
                requestsInFlight,
                workersPerConnection,
                payloadMemoryBytes,
                handshakeTimeout,
                stallTimeout,
                closeGrace);
    }

    public ServerLimits withRequestsInFlight(int value) {
        return new ServerLimits(
                connections,
                value,
                workersPerConnection,
                payloadMemoryBytes,
                handshakeTimeout,
                stallTimeout,
                closeGrace);
    }

    public ServerLimits withWorkersPerConnection(int value) {
        return new ServerLimits(
                connections, requestsInFlight, value, payloadMemoryBytes, handshakeTimeout, stallTimeout, closeGrace);
    }

    public ServerLimits withPayloadMemoryBytes(long value) {
        return new ServerLimits(
                connections, requestsInFlight, workersPerConnection, value, handshakeTimeout, stallTimeout, closeGrace);
    }

    public ServerLimits withHandshakeTimeout(Duration value) {
        return new ServerLimits(
                connections,
                requestsInFlight,
                workersPerConnection,
                payloadMemoryBytes,
                value,
                stallTimeout,
                closeGrace);
    }

    public ServerLimits withStallTimeout(Duration value) {
        return new ServerLimits(
                connections,
                requestsInFlight,
                workersPerConnection,
                payloadMemoryBytes,
                handshakeTimeout,
                value,
                closeGrace);
    }

    public ServerLimits withCloseGrace(Duration value) {
        return new ServerLimits(
                connections,
                requestsInFlight,
                workersPerConnection,
                payloadMemoryBytes,
                handshakeTimeout,
                stallTimeout,
                value);
    }
}
