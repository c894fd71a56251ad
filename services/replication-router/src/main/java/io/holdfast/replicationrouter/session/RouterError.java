package io.holdfast.replicationrouter.session;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.ErrorCode;

/** Why the router refuses or ends something; the codes in Reject frames, session events and command results. */
public enum RouterError implements ErrorCode {
    /** The certificate has no URI of the form that names an agent. */
    IDENTITY_MISSING(Blame.UNAUTHENTICATED),
    /** Hello or a batch names another agent or site than the certificate. */
    IDENTITY_MISMATCH(Blame.FORBIDDEN),
    /** The agent speaks a protocol version that this router does not take. */
    PROTOCOL_VERSION_UNSUPPORTED(Blame.INVALID_REQUEST),
    /** A frame came that does not fit the session: no Hello first, a second Hello, an empty frame, an id that is none. */
    PROTOCOL_VIOLATION(Blame.INVALID_REQUEST),
    /** The same agent has a live session from another process: two agents run with one identity. */
    AGENT_ALREADY_CONNECTED(Blame.CONFLICT),
    /** The router has as many sessions as it may have. */
    TOO_MANY_SESSIONS(Blame.EXHAUSTED),
    /** A batch of a group that the agent has no volume of. */
    PG_NOT_ASSIGNED(Blame.FORBIDDEN),
    /** The lease of the group's partition is not here and its owner is not known yet; try again soon. */
    PARTITION_NOT_OWNED(Blame.UNAVAILABLE),
    /** Kafka did not take a batch within the delivery limit; the agent resends from its last acknowledgement. */
    KAFKA_UNAVAILABLE(Blame.UNAVAILABLE),
    /** The router is shutting down. */
    ROUTER_STOPPING(Blame.UNAVAILABLE),
    /** The command was not carried out before its time was over. */
    COMMAND_EXPIRED(Blame.UNAVAILABLE),
    /** More commands wait for one agent, or more checkpoints for one group, than are kept. */
    COMMAND_QUEUE_FULL(Blame.EXHAUSTED),
    /** The command names a group that has no policy, or one that is removed. */
    PG_UNKNOWN(Blame.NOT_FOUND),
    /** A volume of the group is not in sync: there is no consistent place to cut at. */
    NOT_IN_SYNC(Blame.CONFLICT),
    /** The group is paused. */
    PAUSED(Blame.CONFLICT),
    /** The agent of the group is not connected. */
    AGENT_DISCONNECTED(Blame.UNAVAILABLE),
    /** The agent did not send the marker within the limit. */
    CUT_TIMED_OUT(Blame.UNAVAILABLE);

    private final Blame blame;

    RouterError(Blame blame) {
        this.blame = blame;
    }

    @Override
    public Blame blame() {
        return blame;
    }
}
