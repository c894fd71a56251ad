package io.holdfast.protectiongroup.refusal;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.ErrorCode;

/** Codes of this service. */
public enum GroupError implements ErrorCode {
    GROUP_NOT_FOUND(Blame.NOT_FOUND),
    /** The group's state does not allow the command; the details name the state and what it allows. */
    GROUP_STATE_FORBIDS(Blame.CONFLICT),
    /** A VM is not known here. A VM that was attached a moment ago may take a second to arrive from the inventory. */
    VM_NOT_FOUND(Blame.NOT_FOUND),
    /** A VM belongs to one group at most; the details name the other one. */
    VM_ALREADY_PROTECTED(Blame.CONFLICT),
    VM_HAS_NO_VOLUMES(Blame.CONFLICT),
    /** No agent is known that captures the VM's writes. */
    AGENT_UNKNOWN(Blame.CONFLICT),
    /** The inventory says that a volume cannot be protected, and why; exclude it or mend the cause. */
    VOLUME_NOT_PROTECTABLE(Blame.CONFLICT),
    /** Every volume of a VM is excluded. */
    NOTHING_TO_PROTECT(Blame.CONFLICT),
    /** A VM that is captured at an interval shares no instant with another one; it needs a group of its own. */
    INTERVAL_VM_NOT_ALONE(Blame.CONFLICT),
    /** The partitions of the changes topic are not known yet, because Kafka has not answered since the start. */
    PLACEMENT_UNKNOWN(Blame.UNAVAILABLE),
    /** A VM that comes home is still attached where it was lost, with the disks of before the failover. */
    SOURCE_STILL_ATTACHED(Blame.CONFLICT),
    CHECKPOINT_REQUEST_NOT_FOUND(Blame.NOT_FOUND),
    /** Too many checkpoint requests of the group wait for their result. */
    TOO_MANY_CHECKPOINT_REQUESTS(Blame.EXHAUSTED),
    /** Nothing is known yet of what the groups' guests write: an agent has to capture them for two minutes at least. */
    NO_TRAFFIC_OBSERVED(Blame.CONFLICT);

    private final Blame blame;

    GroupError(Blame blame) {
        this.blame = blame;
    }

    @Override
    public Blame blame() {
        return blame;
    }
}
