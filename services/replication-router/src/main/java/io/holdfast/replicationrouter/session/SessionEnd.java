package io.holdfast.replicationrouter.session;

/** Why a session ended; the codes of {@code SessionClosed.reason}. */
public enum SessionEnd {
    /** The agent closed it in order. */
    AGENT_CLOSED,
    /** The connection broke. */
    CONNECTION_LOST,
    /** The same process of the agent opened a newer one. */
    REPLACED,
    /** Nothing was heard for three heartbeat intervals although the router was listening. */
    HEARTBEAT_MISSED,
    ROUTER_STOPPING,
    /** The router ended it with a Reject frame; the session_rejected event has the code. */
    REJECTED
}
