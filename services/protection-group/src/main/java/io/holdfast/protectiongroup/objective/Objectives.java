package io.holdfast.protectiongroup.objective;

import io.holdfast.protectiongroup.refusal.Violation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What a group's owner wants to be able to recover.
 *
 * @param checkpointInterval how often a checkpoint is cut: 1 to 60 s, whole milliseconds. Shorter lowers the RPO and costs a
 *     hold of the guests' completions each time
 * @param history how far back one can recover: 1 h to 30 days. Longer costs journal space as the guests' churn
 * @param journalLimitBytes hard limit of the journal; 0 = none but the volume's free space. Reached, history gets shorter
 * @param rpoObjective the age of the newest checkpoint that is still all right: from the checkpoint interval to the history
 */
public record Objectives(Duration checkpointInterval, Duration history, long journalLimitBytes, Duration rpoObjective) {
    public static final Duration MIN_INTERVAL = Duration.ofSeconds(1);
    public static final Duration MAX_INTERVAL = Duration.ofSeconds(60);
    public static final Duration MIN_HISTORY = Duration.ofHours(1);
    public static final Duration MAX_HISTORY = Duration.ofDays(30);
    /** A smaller journal could not hold a single batch and its index. */
    public static final long MIN_JOURNAL_LIMIT_BYTES = 64L << 20;

    public static final Objectives DEFAULT =
            new Objectives(Duration.ofSeconds(5), Duration.ofHours(24), 0, Duration.ofMinutes(15));

    public Objectives {
        Objects.requireNonNull(checkpointInterval, "checkpointInterval");
        Objects.requireNonNull(history, "history");
        Objects.requireNonNull(rpoObjective, "rpoObjective");
    }

    /** Every rule that these objectives break; empty = they are valid. Fields are named as in the REST body. */
    public List<Violation> violations() {
        List<Violation> found = new ArrayList<>();
        if (outside(checkpointInterval, MIN_INTERVAL, MAX_INTERVAL)) {
            found.add(new Violation(
                    "checkpointInterval",
                    "must be from PT1S to PT60S in whole milliseconds, not " + checkpointInterval));
        }
        if (outside(history, MIN_HISTORY, MAX_HISTORY)) {
            found.add(new Violation(
                    "history", "must be from PT1H to PT720H (30 days) in whole milliseconds, not " + history));
        }
        if (journalLimitBytes != 0 && journalLimitBytes < MIN_JOURNAL_LIMIT_BYTES) {
            found.add(new Violation(
                    "journalLimitBytes",
                    "must be 0 (no limit) or at least %d (64 MiB), not %d"
                            .formatted(MIN_JOURNAL_LIMIT_BYTES, journalLimitBytes)));
        }
        if (rpoObjective.compareTo(checkpointInterval) < 0) {
            found.add(new Violation(
                    "rpoObjective",
                    "must be at least the checkpoint interval of %s, not %s"
                            .formatted(checkpointInterval, rpoObjective)));
        } else if (rpoObjective.compareTo(history) > 0 || rpoObjective.getNano() % 1_000_000 != 0) {
            found.add(new Violation(
                    "rpoObjective",
                    "must be at most the history of %s in whole milliseconds, not %s"
                            .formatted(history, rpoObjective)));
        }
        return List.copyOf(found);
    }

    private static boolean outside(Duration value, Duration min, Duration max) {
        return value.compareTo(min) < 0 || value.compareTo(max) > 0 || value.getNano() % 1_000_000 != 0;
    }
}
