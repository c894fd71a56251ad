package io.holdfast.protectiongroup.objective;

import io.holdfast.kernel.rate.RateLimit;
import io.holdfast.kernel.rate.Speed;
import io.holdfast.kernel.rate.TransferRules;
import io.holdfast.protectiongroup.refusal.Violation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What a group's owner wants to be able to recover, and what may be spent on it.
 *
 * @param checkpointInterval how often a checkpoint is cut: 1 to 60 s, whole milliseconds. Shorter lowers the RPO and costs a
 *     hold of the guests' completions each time
 * @param history how far back one can recover: 1 h to 30 days. Longer costs journal space as the guests' churn
 * @param journalLimitBytes hard limit of the journal; 0 = none but the volume's free space. Reached, history gets shorter
 * @param rpoObjective the age of the newest checkpoint that is still all right: from the checkpoint interval to the history
 * @param appCheckpointInterval how often the guests' file systems are frozen for a checkpoint: 1 min to 24 h, zero = never. Shorter gives more
 *     places that need no repair and costs the guests a pause each time
 * @param transfer what the group may use of the links of its agents
 */
public record Objectives(
        Duration checkpointInterval,
        Duration history,
        long journalLimitBytes,
        Duration rpoObjective,
        Duration appCheckpointInterval,
        TransferRules transfer) {
    public static final Duration MIN_INTERVAL = Duration.ofSeconds(1);
    public static final Duration MAX_INTERVAL = Duration.ofSeconds(60);
    public static final Duration MIN_HISTORY = Duration.ofHours(1);
    public static final Duration MAX_HISTORY = Duration.ofDays(30);
    public static final Duration MIN_APP_INTERVAL = Duration.ofMinutes(1);
    public static final Duration MAX_APP_INTERVAL = Duration.ofHours(24);
    /** With less, one batch of 1 MiB would take longer than a minute; to send nothing there are closed windows and pause. */
    public static final long MIN_RATE_BYTES_PER_SECOND = 16 << 10;
    /** A smaller journal could not hold a single batch and its index. */
    public static final long MIN_JOURNAL_LIMIT_BYTES = 64L << 20;

    public static final Objectives DEFAULT = new Objectives(
            Duration.ofSeconds(5),
            Duration.ofHours(24),
            0,
            Duration.ofMinutes(15),
            Duration.ZERO,
            TransferRules.DEFAULT);

    public Objectives {
        Objects.requireNonNull(checkpointInterval, "checkpointInterval");
        Objects.requireNonNull(history, "history");
        Objects.requireNonNull(rpoObjective, "rpoObjective");
        Objects.requireNonNull(appCheckpointInterval, "appCheckpointInterval");
        Objects.requireNonNull(transfer, "transfer");
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
        if (!appCheckpointInterval.isZero() && outside(appCheckpointInterval, MIN_APP_INTERVAL, MAX_APP_INTERVAL)) {
            found.add(new Violation(
                    "appCheckpointInterval",
                    "must be PT0S (none) or from PT1M to PT24H in whole milliseconds, not " + appCheckpointInterval));
        }
        checkRate("rate", transfer.rate(), found);
        checkRate("sync.rate", transfer.sync().rate(), found);
        return List.copyOf(found);
    }

    private static void checkRate(String field, RateLimit rate, List<Violation> found) {
        checkSpeed(field + ".bytesPerSecond", rate.usual(), found);
        for (int i = 0; i < rate.windows().size(); i++) {
            checkSpeed(
                    "%s.windows[%d].bytesPerSecond".formatted(field, i),
                    rate.windows().get(i).speed(),
                    found);
        }
    }

    private static void checkSpeed(String field, Speed speed, List<Violation> found) {
        if (speed instanceof Speed.Limited limited && limited.bytesPerSecond() < MIN_RATE_BYTES_PER_SECOND) {
            found.add(new Violation(
                    field,
                    "must be 0 (unlimited) or at least %d (16 KiB per second), not %d"
                            .formatted(MIN_RATE_BYTES_PER_SECOND, limited.bytesPerSecond())));
        }
    }

    private static boolean outside(Duration value, Duration min, Duration max) {
        return value.compareTo(min) < 0 || value.compareTo(max) > 0 || value.getNano() % 1_000_000 != 0;
    }
}
