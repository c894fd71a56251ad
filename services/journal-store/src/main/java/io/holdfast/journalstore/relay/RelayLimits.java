package io.holdfast.journalstore.relay;

import java.time.Duration;

/**
 * Bounds of one relayed group.
 *
 * @param unackedBytes sent and not acknowledged; at the limit nothing more is sent
 * @param turnBytes read in one turn of copying; larger = fewer passes over newer changes, longer lease on the history
 * @param turn longest time of one turn
 * @param behind how long a journal may take to reach again what the target has of it; then everything is sent anew
 */
public record RelayLimits(long unackedBytes, long turnBytes, Duration turn, Duration behind) {
    public static final RelayLimits DEFAULT =
            new RelayLimits(16L << 20, 64L << 20, Duration.ofSeconds(60), Duration.ofMinutes(30));

    public RelayLimits {
        if (unackedBytes < 1 || turnBytes < 1 || !turn.isPositive() || !behind.isPositive()) {
            throw new IllegalArgumentException(
                    "limits are more than zero: %d bytes unacknowledged, turns of %d bytes, %s, %s behind"
                            .formatted(unackedBytes, turnBytes, turn, behind));
        }
    }
}
