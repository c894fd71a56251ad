package io.holdfast.inventory.host;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.ErrorCode;

public enum HostError implements ErrorCode {
    HOST_NOT_FOUND(Blame.NOT_FOUND),
    AGENT_NOT_FOUND(Blame.NOT_FOUND),
    /** The host is known and no agent has reported from it: nobody there can carry out a command. */
    HOST_HAS_NO_AGENT(Blame.CONFLICT);

    private final Blame blame;

    HostError(Blame blame) {
        this.blame = blame;
    }

    @Override
    public Blame blame() {
        return blame;
    }
}
