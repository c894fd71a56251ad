package io.holdfast.recoveryplan.run;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What a failover does by itself.
 *
 * @param commitPolicy what becomes of the run when nobody says otherwise
 * @param commitAfter counted from READY; 0 to 7 d, without effect with {@code NONE}
 * @param shutdown of a PLANNED run; empty for others
 */
public record FailoverRules(
        CommitPolicy commitPolicy, Duration commitAfter, OnFailure onFailure, Optional<Shutdown> shutdown) {
    public static final Duration DEFAULT_COMMIT_AFTER = Duration.ofMinutes(60);

    public FailoverRules {
        shutdown = shutdown == null ? Optional.empty() : shutdown;
    }

    /** Of an UNPLANNED run. */
    public FailoverRules(CommitPolicy commitPolicy, Duration commitAfter, OnFailure onFailure) {
        this(commitPolicy, commitAfter, onFailure, Optional.empty());
    }

    /** When the commit policy acts on a run that is READY since then; empty if it never does. */
    public Optional<Instant> actsAt(Instant readySince) {
        return commitPolicy == CommitPolicy.NONE ? Optional.empty() : Optional.of(readySince.plus(commitAfter));
    }

    /**
     * How the VMs of the source are shut down.
     *
     * @param grace for each guest, 1 s to 10 min
     * @param skip nobody is asked to shut down: a person has seen to it, or the fence is enough
     */
    public record Shutdown(Duration grace, boolean skip) {
        public static final Duration DEFAULT_GRACE = Duration.ofMinutes(5);
    }

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
