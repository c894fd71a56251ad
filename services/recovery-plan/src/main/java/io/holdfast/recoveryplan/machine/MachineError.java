package io.holdfast.recoveryplan.machine;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.ErrorCode;

/** Why a machine could not be placed, started or stopped, as far as this service is the one to say so. */
public enum MachineError implements ErrorCode {
    /** The checkpoint does not say what the machine was; its disks can be recovered, the machine cannot be started. */
    MACHINE_SPEC_UNKNOWN(Blame.CONFLICT),
    /** The machine has a disk that the session does not export: it is excluded from protection. */
    MACHINE_DISK_MISSING(Blame.CONFLICT),
    /** A probe has no address, and no card of its machine that is connected is given one. */
    PROBE_ADDRESS_UNKNOWN(Blame.CONFLICT),
    /** No candidate is connected, has the memory and the networks; the message says what was seen. */
    NO_HOST_FOR_MACHINE(Blame.EXHAUSTED),
    /** The agent has not reported the machine as running yet, or not within the limit. */
    MACHINE_NOT_STARTED(Blame.UNAVAILABLE),
    /** A machine runs and its probes have not all passed yet. */
    MACHINE_NOT_READY(Blame.UNAVAILABLE),
    /** A machine that ran is not reported any more. */
    MACHINE_GONE(Blame.CONFLICT),
    /** The agent has not said yet that the machine is gone. */
    MACHINE_NOT_STOPPED(Blame.UNAVAILABLE),
    /** The machine was ordered to stop; this order to start it comes too late. */
    MACHINE_STOP_ORDERED(Blame.CONFLICT);

    private final Blame blame;

    MachineError(Blame blame) {
        this.blame = blame;
    }

    @Override
    public Blame blame() {
        return blame;
    }
}
