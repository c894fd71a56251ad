package io.holdfast.journalstore.files;

import java.time.Duration;

/**
 * What file views may take.
 *
 * @param views open at one time
 * @param open longest time from the order of a view until it can be used
 * @param idle a view that nobody uses for so long ends
 * @param life a view ends after so long in any case
 * @param answer longest time of one command of a view; longer, and the view has failed
 * @param turn longest time that a request waits for the one before it on the same view
 */
public record FileLimits(int views, Duration open, Duration idle, Duration life, Duration answer, Duration turn) {
    public FileLimits {
        if (views < 1) {
            throw new IllegalArgumentException("file views: at least 1, not " + views);
        }
        positive("open limit", open);
        positive("idle limit", idle);
        positive("life limit", life);
        positive("answer limit", answer);
        positive("turn limit", turn);
    }

    private static void positive(String name, Duration time) {
        if (time.isNegative() || time.isZero()) {
            throw new IllegalArgumentException("file views: %s longer than zero, not %s".formatted(name, time));
        }
    }
}
