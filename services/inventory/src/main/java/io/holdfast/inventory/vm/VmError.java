package io.holdfast.inventory.vm;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.ErrorCode;

public enum VmError implements ErrorCode {
    VM_NOT_FOUND(Blame.NOT_FOUND),
    VOLUME_NOT_FOUND(Blame.NOT_FOUND),
    /** The request names a host that does not exist. */
    UNKNOWN_HOST(Blame.INVALID_REQUEST),
    /** The request gives a VM or a volume an id that the inventory knows already. */
    ID_IN_USE(Blame.CONFLICT),
    /** The VM was said to be of an agent that is gone for good, and that agent is connected. */
    AGENT_CONNECTED(Blame.CONFLICT),
    /** A VM of the same host has a volume on this backing already: two writers would destroy it. */
    BACKING_IN_USE(Blame.CONFLICT),
    /** The setting {@code holdfast.inventory.max-vms} is reached. */
    TOO_MANY_VMS(Blame.EXHAUSTED),
    /** A report has one id twice, or a volume that belongs to another VM. */
    REPORT_CONTRADICTS(Blame.INVALID_REQUEST);

    private final Blame blame;

    VmError(Blame blame) {
        this.blame = blame;
    }

    @Override
    public Blame blame() {
        return blame;
    }
}
