package io.holdfast.replicationagent.capture;

import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.Capability;
import io.holdfast.nbd.NbdError;
import io.holdfast.nbd.NbdException;
import io.holdfast.nbd.ZeroOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Where a running machine sends a copy of each of its writes (architecture, section 3, tap). Takes them from memory: into the ring or as dirty regions, never to a
 * disk, so the guest waits for a copy in memory only. The write has reached the guest's disk before it comes here.
 *
 * <p>A write of less than whole blocks is widened by reading the machine's disk. The machine lets no other write near it begin until this one is answered, so what is read is the
 * disk right behind this write. When the disk cannot be read quickly the regions are noted instead.
 *
 * <p>A write is never refused for a reason of the agent's own: the guest has it on its disk already. After {@link #end} everything is refused, which
 * tells the machine to note what it misses; {@link #forgetAfterEnd} says when that is of no use any more.
 *
 * <p>Threads: any number of requests at once.
 */
public final class TapDevice implements BlockDevice {
    /** Longest discard whose contents are read back at once; longer ones are noted and read later. */
    private static final int MAX_READ_BACK_BYTES = 1 << 20;

    private static final Set<Capability> CAPABILITIES =
            Set.copyOf(EnumSet.of(Capability.FLUSH, Capability.FUA, Capability.WRITE_ZEROES, Capability.TRIM));

    private final Volume volume;
    private final TapCapture capture;
    private volatile boolean ended;
    private volatile boolean forgets;

    public TapDevice(Volume volume) {
        this.volume = volume;
        this.capture = new TapCapture(volume.size());
    }

    public Volume volume() {
        return volume;
    }

    /**
     * The volume's capture is this device's from now on, unless it has {@link #end}ed. To be called when every write that reaches the disk from now on comes here; what came before is noted
     * already.
     */
    public void beginCapture() {
        volume.locks().lockAll();
        try {
            if (!ended) {
                volume.beginCapture(capture);
            }
        } finally {
            volume.locks().unlockAll();
        }
    }

    /** Nothing is taken from now on, and the capture is over; returns when no write is being taken. */
    public void end() {
        ended = true;
        volume.locks().lockAll();
        try {
            volume.endCapture(capture);
        } finally {
            volume.locks().unlockAll();
        }
    }

    /** Behind {@link #end} writes are answered instead of refused, and forgotten: so that the machine can end its mirror. */
    public void forgetAfterEnd() {
        forgets = true;
    }

    /** The changes that a write amounts to. */
    private interface Report {
        List<Change> changes() throws IOException;
    }

    private void take(long offset, long length, Report report) throws IOException {
        if (offset < 0 || length < 0 || offset > size() - length) {
            throw new NbdException(NbdError.ENOSPC, "beyond the end: offset " + offset + ", length " + length);
        }
        if (length == 0) {
            return;
        }
        long start = Changes.widenedStart(offset);
        long wide = Changes.widenedEnd(offset + length) - start;
        volume.locks().lock(start, wide);
        try {
            if (ended && forgets) {
                return;
            }
            if (ended) {
                throw new NbdException(NbdError.ESHUTDOWN, "the tap has ended");
            }
            volume.count(length);
            capture.note(start, wide);
            if (volume.needsCapture(start, wide)) {
                capture(start, wide, report);
            }
        } finally {
            volume.locks().unlock(start, wide);
        }
        volume.completing();
    }

    private void capture(long start, long wide, Report report) {
        List<Change> changes;
        try {
            changes = report.changes();
        } catch (IOException unreadable) {
            volume.writeFailed(start, wide);
            return;
        }
        volume.written(start, wide, changes);
    }

    @Override
    public void write(long offset, ByteBuffer src, boolean fua) throws IOException {
        take(offset, src.remaining(), () -> Changes.ofWrite(volume, offset, src.duplicate()));
        src.position(src.limit());
    }

    @Override
    public void zero(long offset, long length, ZeroOptions options) throws IOException {
        take(offset, length, () -> Changes.ofZeroing(volume, offset, length, false));
    }

    /** What a discarded range reads as is the disk's choice, so it is read. QEMU 7.2 sends none: while a mirror runs, discards do nothing. */
    @Override
    public void trim(long offset, long length, boolean fua) throws IOException {
        take(offset, length, () -> {
            long start = Changes.widenedStart(offset);
            long wide = Changes.widenedEnd(offset + length) - start;
            if (wide > MAX_READ_BACK_BYTES) {
                throw new IOException("too long to be read back at once");
            }
            ByteBuffer now = ByteBuffer.allocate((int) wide);
            volume.disk().read(start, now);
            return Changes.ofWrite(volume, start, now.flip());
        });
    }

    /** The machine flushes its own disk; what is here is in memory in any case. */
    @Override
    public void flush() {}

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        throw new NbdException(NbdError.EPERM, "a tap takes writes only");
    }

    @Override
    public long size() {
        return volume.size();
    }

    @Override
    public Set<Capability> capabilities() {
        return CAPABILITIES;
    }

    @Override
    public void close() {
        end();
    }
}
