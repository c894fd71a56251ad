package io.holdfast.kernel.rate;

import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * How fast something may be sent over the week (features F49, F53): the first window that covers a moment decides, outside of all windows
 * {@code usual} does.
 *
 * @param usual unlimited or limited; "never, outside of windows" is written as a closed window of the whole week behind the others
 * @param windows at most {@link #MAX_WINDOWS}
 */
public record RateLimit(Speed usual, List<RateWindow> windows) {
    public static final int MAX_WINDOWS = 16;
    public static final RateLimit UNLIMITED = new RateLimit(Speed.UNLIMITED, List.of());

    /** @throws IllegalArgumentException for too many windows, or a closed {@code usual} */
    public RateLimit {
        Objects.requireNonNull(usual, "usual");
        windows = List.copyOf(windows);
        if (usual instanceof Speed.Closed) {
            throw new IllegalArgumentException("outside of windows a rate is limited or not, but never closed");
        }
        if (windows.size() > MAX_WINDOWS) {
            throw new IllegalArgumentException(
                    "a rate has at most %d windows, not %d".formatted(MAX_WINDOWS, windows.size()));
        }
    }

    /** What may be sent at this moment. */
    public Speed bytesPerSecondAt(Instant moment) {
        for (RateWindow window : windows) {
            if (window.covers(moment)) {
                return window.speed();
            }
        }
        return usual;
    }
}
