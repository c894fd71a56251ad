package io.holdfast.replicationagent.machine;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.machine.guest.GuestDoor;
import java.util.List;
import java.util.Optional;

/**
 * Runs machines that outlive the agent. Every call is bounded. One that asks for something that is away at the moment, as a hypervisor's service that restarts,
 * throws {@code HoldfastException} with {@code ADAPTER_MISSING}: it says nothing about the machine, and the call is to be repeated. Threads: any, one at a time for
 * each machine.
 */
public interface MachineRunner extends AutoCloseable {
    /** Names of the kinds of machine monitors that this host has; empty = it cannot run machines. */
    List<String> adapters();

    /**
     * Looks at what can be seen before anything is begun.
     *
     * @throws HoldfastException {@code ADAPTER_MISSING} or {@code MACHINE_SPEC_INVALID}
     */
    void check(MachineOrder order);

    /**
     * Makes the machine's process, its guest not let go. What an earlier attempt left is ended first.
     *
     * @throws MachineFailure nothing of it runs then
     * @throws HoldfastException {@code ADAPTER_MISSING}: what runs machines is away at the moment
     */
    RunningMachine start(MachineOrder order) throws MachineFailure;

    /** The machine's process if it is there. One that is but does not answer is ended. */
    Optional<RunningMachine> adopt(MachineOrder order);

    /** Ends what runs of the machine and removes what it left on this host. A machine that is not known is a success. */
    void clear(MachineOrder order);

    /** The newest output of the first serial port of a machine that does not run any more; empty = none. */
    String lastConsole(MachineOrder order);

    /** Lets go of what it holds, as connections. Machines go on. */
    @Override
    default void close() {}

    /** A machine's process. Threads: any. */
    interface RunningMachine {
        /** Lets the guest go. Harmless for one that runs. */
        void release() throws MachineFailure;

        /** Takes over what the guest has printed, and looks whether it has ended: then how, for a person. What cannot be asked at the moment has not ended. */
        Optional<String> poll();

        /** What the first serial port printed last, as far as {@link #poll} has taken it over; at most 64 KiB. */
        String console();

        /** How its writes can be captured by somebody else; empty = it cannot be. */
        Optional<MachineCapture> capture();

        /** Whether somebody captures them now. */
        boolean isCaptured();

        /** The guest's display now; empty = it cannot be taken, or this kind of host has none. Takes at most ten seconds. */
        Optional<Screenshot> screenshot();

        /** Asks the guest to shut down. Best effort. */
        void askToShutDown();

        /** The way into the guest. */
        GuestDoor guest();

        /** Why the guest's agent does not answer now; empty = it does. Takes at most three seconds. */
        Optional<String> probeGuestAgent();

        /** Cuts the power; the process is gone when this returns. */
        void cut();

        /** Lets go of the process and leaves it alone. */
        void leave();
    }
}
