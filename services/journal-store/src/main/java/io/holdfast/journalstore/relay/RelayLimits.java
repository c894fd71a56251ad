package io.holdfast.journalstore.relay;

import java.time.Duration;

/**
 * Bounds of one relayed group.
 *
 * @param unackedBytes sent and not acknowledged; at the limit nothing more is sent
 * @param turnBytes read in one turn of copying; larger = fewer passes over newer changes, longer lease on the history
 * @param turn longest time of one turn
 */
public record RelayLimits(long unackedBytes, long turnBytes, Duration turn) {
    public static final RelayLimits DEFAULT = new RelayLimits(16L << 20, 64L << 20, Duration.ofSeconds(60));

    public RelayLimits {
        if (unackedBytes < 1 || turnBytes < 1 || turn.isNegative() || turn.isZero()) {
            throw new IllegalArgumentException(
                    "limits are more than zero: %d bytes unacknowledged, turns of %d bytes, %s"
                            .formatted(unackedBytes, turnBytes, turn));
        }
    }
}
