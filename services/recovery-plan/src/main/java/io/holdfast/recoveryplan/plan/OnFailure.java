package io.holdfast.recoveryplan.plan;

/** What becomes of a run when a step has failed for good; docs/recovery-runs.md has the table. */
public enum OnFailure {
    /** A failover stands still until a person retries or rolls back; a test is undone. */
    STOP,
    /** The run goes on with what can go on without the step. */
    CONTINUE,
    /** Everything is undone. */
    ROLL_BACK
}
