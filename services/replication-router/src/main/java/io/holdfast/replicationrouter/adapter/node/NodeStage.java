package io.holdfast.replicationrouter.adapter.node;

/** How far the start of a router is; each stage says what it waits for. */
public enum NodeStage {
    WAITING_FOR_KAFKA(false),
    READING_POLICIES(false),
    WAITING_FOR_LEASE(false),
    READING_COMMANDS(false),
    SERVING(true),
    /** A setting is wrong: waiting does not mend it. */
    FAILED(false),
    STOPPED(false);

    private final boolean ready;

    NodeStage(boolean ready) {
        this.ready = ready;
    }

    /** Whether agents are served. */
    public boolean ready() {
        return ready;
    }
}
