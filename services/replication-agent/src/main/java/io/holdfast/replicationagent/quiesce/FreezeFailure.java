package io.holdfast.replicationagent.quiesce;

/**
 * Why guests are not frozen.
 *
 * @param message one sentence for a person; names the machine where one is to blame
 */
public record FreezeFailure(Code code, String message) {
    /** Stable; these names go over the wire (agent.proto, Frozen.error_code). */
    public enum Code {
        /** No guest agent answers for a machine, or none is configured. */
        NO_GUEST_AGENT,
        /** A guest agent refused, or froze nothing. */
        FREEZE_FAILED,
        /** The limit was over, or the router gave up, before all were frozen. */
        FREEZE_TIMED_OUT,
        /** A hook "before" could not be run, exited with an error or took too long. */
        HOOK_FAILED,
        /** No volume of the group is replicated from this host. */
        NOT_ASSIGNED,
        /** An earlier order for the group, or for one of its machines, is not over. */
        FREEZE_OUTSTANDING
    }
}
