package io.holdfast.journalstore.seeding;

import io.holdfast.journalstore.journal.Fork;
import java.time.Duration;
import java.time.Instant;

/**
 * An order to keep what a seed gives a replica, beside what comes later: the old disk of a site that failed over holds what was never replicated (docs/two-sites.md).
 *
 * @param branch name under which it can be read; volumes of one journal may share it
 * @param days how long, from the import on; 1 to {@value #MAX_DAYS}
 */
public record Keep(String branch, int days) {
    public static final int MAX_DAYS = 3650;
    public static final int DEFAULT_DAYS = 30;

    /** @throws IllegalArgumentException with a sentence for a person */
    public Keep {
        if (!Fork.isName(branch)) {
            throw new IllegalArgumentException("'%s' is not the name of a branch".formatted(branch));
        }
        if (days < 1 || days > MAX_DAYS) {
            throw new IllegalArgumentException("a branch is kept for 1 to %d days, not %d".formatted(MAX_DAYS, days));
        }
    }

    /** Until when, of an import at {@code now}. */
    public Instant until(Instant now) {
        return now.plus(Duration.ofDays(days));
    }
}
