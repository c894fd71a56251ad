package io.holdfast.localsite.part;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Decides what happens after a part ended unasked. Pure.
 *
 * <p>The wait doubles from {@code first} to {@code longest} with each end inside {@code window}; with {@code attempts}
 * ends inside it the part is given up, because a part that dies that often has a cause that a restart does not mend.
 *
 * @param attempts how many restarts inside the window; 0 switches restarting off
 */
public record RestartPolicy(int attempts, Duration window, Duration first, Duration longest) {
    public static final RestartPolicy DEFAULT =
            new RestartPolicy(5, Duration.ofMinutes(5), Duration.ofSeconds(1), Duration.ofSeconds(30));
    /** Reports and leaves the part down: for tests that want to see it down. */
    public static final RestartPolicy NEVER =
            new RestartPolicy(0, Duration.ofMinutes(5), Duration.ofSeconds(1), Duration.ofSeconds(30));

    public RestartPolicy {
        if (attempts < 0 || first.isNegative() || first.compareTo(longest) > 0 || !window.isPositive()) {
            throw new IllegalArgumentException(
                    "a restart policy needs attempts >= 0, 0 <= first <= longest and a positive window");
        }
    }

    /** What to do now. */
    public sealed interface Decision {
        record Restart(Duration after) implements Decision {}

        record GiveUp(String reason) implements Decision {}
    }

    /**
     * @param ends when the part ended unasked, this time included; older ones than the window do not count
     */
    public Decision decide(List<Instant> ends, Instant now) {
        if (attempts == 0) {
            return new Decision.GiveUp("restarting is switched off");
        }
        Instant oldest = now.minus(window);
        int recent = (int) ends.stream().filter(end -> end.isAfter(oldest)).count();
        if (recent > attempts) {
            return new Decision.GiveUp("it ended %d times within %d s".formatted(recent, window.toSeconds()));
        }
        Duration wait = first;
        for (int doubled = 1; doubled < recent && wait.compareTo(longest) < 0; doubled++) {
            wait = wait.multipliedBy(2);
        }
        return new Decision.Restart(wait.compareTo(longest) > 0 ? longest : wait);
    }
}
