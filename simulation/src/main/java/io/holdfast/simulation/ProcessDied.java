package io.holdfast.simulation;

/** Ends whatever the process is in the middle of, as SIGKILL does. An error, so that nothing on the way takes it for a failure to handle. */
final class ProcessDied extends Error {
    private static final long serialVersionUID = 1;

    ProcessDied() {
        super("killed", null, false, false);
    }
}
