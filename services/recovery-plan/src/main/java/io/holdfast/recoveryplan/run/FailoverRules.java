package io.holdfast.recoveryplan.run;

import java.time.Duration;

/**
 * What an UNPLANNED run does by itself.
 *
 * @param commitPolicy what becomes of the run when nobody says otherwise
 * @param commitAfter counted from READY; 0 to 7 d, without effect with {@code NONE}
 */
public record FailoverRules(CommitPolicy commitPolicy, Duration commitAfter, OnFailure onFailure) {
    public static final Duration DEFAULT_COMMIT_AFTER = Duration.ofMinutes(60);

    public enum CommitPolicy {
        /** READY until a person commits or rolls back. */
        NONE,
        COMMIT,
        ROLLBACK
    }

    public enum OnFailure {
        /** The run stands still until a person retries or rolls back. */
        STOP,
        /** Everything is undone. */
        ROLLBACK
    }
}
