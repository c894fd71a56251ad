package io.holdfast.recoveryplan.run;

/** Why a run began to clean up. */
public sealed interface RunEnding {
    /** @param by name of the identity that ended the READY run */
    record Finished(String by) implements RunEnding {}

    /** A READY run reached its expiry. */
    record Expired() implements RunEnding {}

    record Cancelled(String by) implements RunEnding {}

    /** A step failed, or the run expired before it was ready. */
    record Broken(Failure failure) implements RunEnding {}
}
