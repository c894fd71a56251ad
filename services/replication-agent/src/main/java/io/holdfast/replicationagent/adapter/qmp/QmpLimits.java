package io.holdfast.replicationagent.adapter.qmp;

import java.time.Duration;

/**
 * Every bound of a connection.
 *
 * @param connectTime from the connection to the end of the negotiation
 * @param commandTime from sending a command to its answer; QEMU drains requests in flight before it answers some, so this exceeds what a slow disk may take
 * @param lineBytes longest message of the peer; a list of all nodes of a large machine is below 1 MiB
 * @param commandsInFlight commands that may wait for an answer; a further caller waits for one of them
 */
public record QmpLimits(Duration connectTime, Duration commandTime, int lineBytes, int commandsInFlight) {
    /** 5 s, 20 s, 8 MiB, 16. */
    public static final QmpLimits DEFAULT = new QmpLimits(Duration.ofSeconds(5), Duration.ofSeconds(20), 8 << 20, 16);

    public QmpLimits {
        if (connectTime.toMillis() < 1 || commandTime.toMillis() < 1 || lineBytes < 256 || commandsInFlight < 1) {
            throw new IllegalArgumentException("limits of a QMP connection must be positive, a line 256 bytes or more");
        }
    }
}
