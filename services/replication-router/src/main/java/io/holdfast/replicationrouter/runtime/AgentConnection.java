package io.holdfast.replicationrouter.runtime;

import io.holdfast.proto.v1.RouterFrame;

/** The router's end of one agent's connection. Called on the loop only; no method blocks or throws. */
public interface AgentConnection {
    /** Sends a frame after the ones before it. Nothing happens when the connection is gone. */
    void send(RouterFrame frame);

    /** Whether the agent takes frames as fast as they are sent. What can be merged or repeated waits until it does. */
    boolean ready();

    /** When the newest byte arrived, also of a frame that is not complete; by the router's monotonic clock. */
    long receivedAtNanos();

    /** Lets the agent send one more frame. */
    void grant();

    /** Closes in order, after everything that was sent. */
    void finish();
}
