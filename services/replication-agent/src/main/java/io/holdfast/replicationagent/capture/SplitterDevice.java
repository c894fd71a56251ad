package io.holdfast.replicationagent.capture;

import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.nbd.NbdError;
import io.holdfast.nbd.NbdException;
import io.holdfast.nbd.ZeroOptions;
import io.holdfast.nbd.device.ForwardingBlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * The filter between a guest and its disk (architecture, section 3, inline capture). Numbered, a write is:
 *
 * <ol>
 *   <li>lock the range, widened to whole blocks;
 *   <li>mark it in the write-intent map, unless it is marked;
 *   <li>write to the local disk;
 *   <li>hand the change to the volume's stream, which takes it into the ring or notes the regions as dirty: it never waits;
 *   <li>unlock; force the disk when the guest asked for FUA;
 *   <li>pass the group's gate, which is closed for a moment while a checkpoint over several agents is cut; return, which completes the write to the guest.
 * </ol>
 *
 * <p>It keeps: overlapping writes reach disk and ring in the same order; a completed write is in the ring, or noted; completion depends on nothing but
 * the local disk and, for the limit of a hold at most, the gate. A discard zeroes the disk, so that both sides read zeroes. Reads pass through.
 *
 * <p>Threads: any number of requests at once.
 */
public final class SplitterDevice extends ForwardingBlockDevice {
    private final Volume volume;
    private final LongConsumer writeNanos;

    /** @param writeNanos is told the duration of every completed write, zeroing and trim, in nanoseconds */
    public SplitterDevice(Volume volume, LongConsumer writeNanos) {
        super(volume.disk());
        this.volume = volume;
        this.writeNanos = writeNanos;
    }

    /** A step on the local disk. */
    private interface LocalChange {
        void run() throws IOException;
    }

    /** The changes to report for it. */
    private interface Report {
        List<Change> changes() throws IOException;
    }

    @Override
    public void write(long offset, ByteBuffer src, boolean fua) throws IOException {
        int position = src.position();
        int length = src.remaining();
        requireRange("write", offset, length);
        change(
                offset,
                length,
                fua,
                () -> below().write(offset, src, false),
                () -> Changes.ofWrite(volume, offset, src.position(position)));
        src.position(src.limit());
    }

    @Override
    public void zero(long offset, long length, ZeroOptions options) throws IOException {
        requireRange("zero", offset, length);
        ZeroOptions unforced = new ZeroOptions(options.mayPunchHole(), options.onlyIfFast(), false);
        change(
                offset,
                length,
                options.fua(),
                () -> below().zero(offset, length, unforced),
                () -> Changes.ofZeroing(volume, offset, length, false));
    }

    @Override
    public void trim(long offset, long length, boolean fua) throws IOException {
        requireRange("trim", offset, length);
        change(
                offset,
                length,
                fua,
                // Not trim: a device may ignore that, and then the two sides would differ.
                () -> below().zero(offset, length, ZeroOptions.DEFAULT),
                () -> Changes.ofZeroing(volume, offset, length, true));
    }

    @Override
    public void flush() throws IOException {
        volume.flush();
    }

    private void change(long offset, long length, boolean fua, LocalChange local, Report report) throws IOException {
        if (length == 0) {
            return;
        }
        long startedAt = System.nanoTime();
        long start = Changes.widenedStart(offset);
        long wide = Changes.widenedEnd(offset + length) - start;
        volume.locks().lock(start, wide);
        try {
            volume.beforeWrite(start, wide);
            runLocally(start, wide, local);
            volume.count(length);
            if (volume.needsCapture(start, wide)) {
                volume.written(start, wide, changesOf(start, wide, report));
            }
        } finally {
            volume.locks().unlock(start, wide);
        }
        if (fua) {
            // Outside of the lock: a forced write must not hold up its neighbours.
            volume.flush();
        }
        volume.completing();
        writeNanos.accept(System.nanoTime() - startedAt);
    }

    private void runLocally(long start, long length, LocalChange local) throws IOException {
        try {
            local.run();
        } catch (NbdException refused) {
            // A fast zeroing that would be slow has changed nothing; any other failure may have written a part.
            if (refused.error() != NbdError.ENOTSUP) {
                volume.writeFailed(start, length);
            }
            throw refused;
        } catch (IOException | RuntimeException failed) {
            volume.writeFailed(start, length);
            throw failed;
        }
    }

    private List<Change> changesOf(long start, long length, Report report) throws IOException {
        try {
            return report.changes();
        } catch (IOException | RuntimeException unreadable) {
            volume.writeFailed(start, length);
            throw unreadable;
        }
    }

    private void requireRange(String what, long offset, long length) throws NbdException {
        if (offset < 0 || length < 0 || offset > size() - length) {
            throw new NbdException(
                    NbdError.ENOSPC,
                    what + " beyond the end: offset " + offset + ", length " + length + ", size " + size());
        }
    }
}
