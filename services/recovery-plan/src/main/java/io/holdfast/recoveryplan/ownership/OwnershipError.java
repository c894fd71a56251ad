package io.holdfast.recoveryplan.ownership;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.ErrorCode;

/** What can go wrong with ownership and the source of a failover, as far as this service is the one to say so. */
public enum OwnershipError implements ErrorCode {
    /** A PLANNED run needs every protection group in the state PROTECTED. */
    GROUP_NOT_PROTECTED(Blame.CONFLICT),
    /** The agent has not answered the order to shut the VM down. */
    SOURCE_NOT_SHUT_DOWN(Blame.UNAVAILABLE),
    /** Not every agent has confirmed that it takes no write of its VM any more; the message names the VMs. */
    FENCE_NOT_CONFIRMED(Blame.UNAVAILABLE),
    /** The last checkpoint is ordered, and the journal does not list it yet. */
    FINAL_CHECKPOINT_PENDING(Blame.UNAVAILABLE),
    /** Ownership is not given back while a machine or a session of the group may be there. */
    OWNERSHIP_NOT_RETURNED(Blame.UNAVAILABLE);

    private final Blame blame;

    OwnershipError(Blame blame) {
        this.blame = blame;
    }

    @Override
    public Blame blame() {
        return blame;
    }
}
