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
    }

    /**
     * Captures every disk of the machine from now on, all or none. What was missed since an earlier process had them stands in the result.
     *
     * @throws HoldfastException {@code SOCKET_OUTSIDE_ROOTS}, {@code QEMU_UNREACHABLE}, {@code QEMU_NODE_MISSING}, {@code QEMU_NODE_UNSUITABLE}, {@code QEMU_JOB_PRESENT},
     *     {@code QEMU_NBD_SERVER_TAKEN}, {@code QEMU_REFUSED}, {@code SIZE_NOT_ALIGNED}, {@code VOLUME_TOO_LARGE}; the machine is then as it was
     */
    Machine attach(VmAttachment vm, Listener listener);

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

        /** Removes every trace from the machine, as far as it can be reached; nothing is captured any more. */
        void detach();

        /** At the end of the process: the machine keeps noting what it writes. */
        void close();

        /** As the sudden end of the process would leave it; for tests. */
        void abandon();
    }
}
