package io.holdfast.replicationrouter.checkpoint;

import java.time.Duration;

/**
 * How long the steps of a cut may take.
 *
 * @param markers from the order of markers until all are with the producer and everything is confirmed
 * @param hold for which agents hold completions at most, and within which all have to answer; 1 to 500 ms
 * @param freeze for which guests stay frozen at most; 1 to 10,000 ms
 */
public record CutLimits(Duration markers, Duration hold, Duration freeze) {
    /** From the architecture: what a hold should take. */
    public static final Duration HOLD_BUDGET = Duration.ofMillis(20);

    public CutLimits {
        require(hold.toMillis() >= 1 && hold.toMillis() <= 500, "a hold limit of 1 to 500 ms", hold);
        require(freeze.toMillis() >= 1 && freeze.toMillis() <= 10_000, "a freeze limit of 1 to 10,000 ms", freeze);
    }

    private static void require(boolean holds, String wanted, Duration is) {
        if (!holds) {
            throw new IllegalArgumentException(wanted + " is needed, not " + is);
        }
    }
}
