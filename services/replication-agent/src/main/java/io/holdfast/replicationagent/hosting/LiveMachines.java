package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.capture.RegionSet;
import io.holdfast.replicationagent.capture.Volume;
import io.holdfast.replicationagent.hosting.VmAttachment.VolumeAttachment;
import java.util.List;
import java.util.Optional;

/** Attaches to machines that run already, without their noticing (docs/capture.md). */
public interface LiveMachines extends AutoCloseable {
    /** Is told what becomes of interruptions. May be called by any thread; must not block. */
    interface Listener {
        /** See {@link Volume#resume}; to be done where replication's records are kept. */
        void resumed(VolumeId volume, long interruption, Optional<RegionSet> missed);

        /** The machine's processors were stopped and run again. */
        void goesOn();
    }

    /**
     * Captures every disk of the machine from now on, all or none. What was missed since an earlier process had them stands in the result.
     *
     * @throws HoldfastException {@code SOCKET_OUTSIDE_ROOTS}, {@code QEMU_UNREACHABLE}, {@code QEMU_NODE_MISSING}, {@code QEMU_NODE_UNSUITABLE}, {@code QEMU_JOB_PRESENT},
     *     {@code QEMU_NBD_SERVER_TAKEN}, {@code QEMU_REFUSED}, {@code SIZE_NOT_ALIGNED}, {@code VOLUME_TOO_LARGE}; the machine is then as it was
     */
    Machine attach(VmAttachment vm, Listener listener);

    /** What has become of a machine that must not run. */
    enum Halt {
        /** Its processors ran, and do not any more. */
        STOPPED_NOW,
        /** They do not run, and did not when they were looked at. */
        STOPPED,
        /** Nobody listens at its monitor: its QEMU is not there. */
        GONE
    }

    /**
     * Stops the processors of a machine that is not captured now.
     *
     * @throws HoldfastException {@code SOCKET_OUTSIDE_ROOTS}, {@code QEMU_UNREACHABLE} when somebody listens who does not answer, {@code QEMU_REFUSED}
     */
    Halt halt(VmAttachment vm);

    /**
     * QEMU is told not to end with its guest: it would take the capture with it before all is sent. Here and below: whether the machine is captured or not; one whose QEMU is not there
     * is left alone.
     *
     * @throws HoldfastException as {@link #halt}
     */
    void stayAtShutdown(VmAttachment vm, Optional<Machine> captured);

    /**
     * Asks the guest to shut down as by its power button.
     *
     * @throws HoldfastException as {@link #halt}
     */
    void pressPowerButton(VmAttachment vm, Optional<Machine> captured);

    /**
     * Whether the guest has shut down, or its QEMU is not there.
     *
     * @throws HoldfastException as {@link #halt}
     */
    boolean isDown(VmAttachment vm, Optional<Machine> captured);

    /** Ends what all machines share; after every machine is closed. */
    @Override
    void close();

    /**
     * A captured disk; the volume is interrupted for the first time.
     *
     * @param missed what may differ from a replica that was whole before; empty = unknown
     */
    record Disk(VolumeAttachment attachment, Volume volume, Optional<RegionSet> missed) {}

    /** One machine. It finds its QEMU again by itself when that restarts. */
    interface Machine {
        List<Disk> disks();

        /** Where it stands, for people and metrics. */
        LiveState state();

        /** As {@link LiveMachines#halt}. */
        Halt halt();

        /** The processors stand still from now on: what was captured before does not count as all. */
        void standsStill();

        /** Whether all that was written before the processors {@link #standsStill stopped} is captured; of use only while they stand still. */
        boolean isCaughtUp();

        /** Removes every trace from the machine, as far as it can be reached; nothing is captured any more. */
        void detach();

        /** At the end of the process: the machine keeps noting what it writes. */
        void close();

        /** As the sudden end of the process would leave it; for tests. */
        void abandon();
    }
}
