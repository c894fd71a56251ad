package io.holdfast.protectiongroup.health;

/** Stable codes of why a condition stands as it does. */
public enum Reason {
    /** The group is a draft: nothing is replicated, and nothing is expected. */
    NOT_STARTED,
    /** The journal has said nothing since the group was started. */
    JOURNAL_NEVER_SPOKE,
    /** The journal has said nothing for longer than it may. */
    JOURNAL_SILENT,

    RPO_WITHIN_OBJECTIVE,
    RPO_EXCEEDED,
    NO_CHECKPOINT,

    HISTORY_COMPLETE,
    /** The group has not been protected long enough; history is all there since then. */
    HISTORY_BUILDING,
    /** Less history than is owed: the journal's size limit or a loss took it. */
    HISTORY_SHORT,

    ALL_VOLUMES_IN_SYNC,
    INITIAL_SYNC_RUNNING,
    VOLUMES_OUT_OF_SYNC,
    /** A volume is wanted and cannot be protected, or vanished; it needs a person. */
    VOLUME_NEEDS_ATTENTION,
    REPLICATION_PAUSED,
    /** The VMs run where they were recovered. */
    FAILED_OVER,
    /** A stream's state is not known, because its agent is away or its router is silent. */
    STREAM_STATE_UNKNOWN,
    /** Agents say in sync, the journal has not confirmed it. */
    JOURNAL_CATCHING_UP,

    ALL_AGENTS_CONNECTED,
    AGENT_DISCONNECTED,
    /** No router has spoken of an agent lately. */
    ROUTER_SILENT,

    TESTED,
    NEVER_TESTED,
    TEST_OVERDUE,
    LAST_TEST_FAILED,

    JOURNAL_APPLYING,
    /** 75 % of the size limit is used: history will get shorter. */
    JOURNAL_NEARLY_FULL,
    JOURNAL_GAP,
    JOURNAL_NO_SPACE,
    JOURNAL_DAMAGED
}
