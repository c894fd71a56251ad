package io.holdfast.recoveryplan.run;

/** Why a run began to clean up, or ended without. */
public sealed interface RunEnding {
    /** @param by name of the identity that ended the READY run */
    record Finished(String by) implements RunEnding {}

    /** A READY run reached its expiry. */
    record Expired() implements RunEnding {}

    record Cancelled(String by) implements RunEnding {}

    /** @param by name of the identity, or {@link #POLICY} */
    record RolledBack(String by) implements RunEnding {}

    /** Nothing is cleaned up. @param by name of the identity, or {@link #POLICY} */
    record Committed(String by) implements RunEnding {}

    /** Committed, and then its machines and sessions could not all be ended. @param by who committed */
    record NotReleased(String by, Failure failure) implements RunEnding {}

    /** Committed, and later its machines were stopped and its sessions ended. @param by who ordered that */
    record Released(String by, String committedBy) implements RunEnding {}

    /** A step failed, or the run expired before it was ready. */
    record Broken(Failure failure) implements RunEnding {}

    /** Who acted when the order's commit policy did. */
    String POLICY = "policy";
}
