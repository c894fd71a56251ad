package io.holdfast.replicationagent.machine;

/** A machine could not be started or connected, or cannot be controlled any more. The message is a sentence for a person. */
public final class MachineFailure extends Exception {
    private static final long serialVersionUID = 1;

    public MachineFailure(String message) {
        super(message);
    }

    public MachineFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
