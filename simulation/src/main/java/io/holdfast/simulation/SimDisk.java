package io.holdfast.simulation;

import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.Capability;
import io.holdfast.nbd.Extent;
import io.holdfast.nbd.NbdError;
import io.holdfast.nbd.NbdException;
import io.holdfast.nbd.ZeroOptions;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** A disk with a volatile cache, in sectors that carry a stamp each. Runs of zero blocks are holes. */
final class SimDisk implements BlockDevice {
    /** What happens while the disk works; may fail the write, or end the process. */
    interface Moments {
        /** Before a changing operation takes effect. True: it fails half way. */
        boolean writing(SimDisk disk);
    }

    private static final byte[] ZEROES = new byte[Content.BLOCK_BYTES];

    private final VolumeId id;
    private final int index;
    private final Moments moments;
    private final long[] cached;
    private final long[] durable;
    private boolean ignoresFlush;

    SimDisk(VolumeId id, int index, int blocks, Moments moments) {
        this.id = id;
        this.index = index;
        this.moments = moments;
        this.cached = new long[blocks * Content.SECTORS_PER_BLOCK];
        this.durable = new long[cached.length];
    }

    VolumeId id() {
        return id;
    }

    int index() {
        return index;
    }

    int sectors() {
        return cached.length;
    }

    int blocks() {
        return cached.length / Content.SECTORS_PER_BLOCK;
    }

    long[] stamps() {
        return cached;
    }

    void ignoreFlush() {
        ignoresFlush = true;
    }

    /** The host lost its power: each block that was not flushed is old or new. */
    void losePower(Schedule schedule) {
        for (int at = 0; at < cached.length; at += Content.SECTORS_PER_BLOCK) {
            int end = at + Content.SECTORS_PER_BLOCK;
            if (Arrays.mismatch(cached, at, end, durable, at, end) >= 0) {
                if (schedule.below(2) == 0) {
                    System.arraycopy(durable, at, cached, at, Content.SECTORS_PER_BLOCK);
                } else {
                    System.arraycopy(cached, at, durable, at, Content.SECTORS_PER_BLOCK);
                }
            }
        }
    }

    @Override
    public long size() {
        return (long) cached.length * Content.SECTOR_BYTES;
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of(Capability.FLUSH, Capability.FUA, Capability.TRIM, Capability.WRITE_ZEROES);
    }

    @Override
    public void read(long offset, ByteBuffer dst) {
        int first = sectorOf(offset);
        int count = dst.remaining() / Content.SECTOR_BYTES;
        int start = dst.position();
        while (dst.hasRemaining()) {
            dst.put(ZEROES, 0, Math.min(ZEROES.length, dst.remaining()));
        }
        for (int i = 0; i < count; i++) {
            if (cached[first + i] != 0) {
                dst.putLong(start + i * Content.SECTOR_BYTES, cached[first + i]);
            }
        }
    }

    @Override
    public void write(long offset, ByteBuffer src, boolean fua) throws NbdException {
        boolean fails = moments.writing(this);
        int first = sectorOf(offset);
        int count = src.remaining() / Content.SECTOR_BYTES;
        for (int i = 0; i < (fails ? count / 2 : count); i++) {
            cached[first + i] = src.getLong(src.position() + i * Content.SECTOR_BYTES);
        }
        src.position(src.limit());
        failIf(fails);
    }

    @Override
    public void zero(long offset, long length, ZeroOptions options) throws NbdException {
        boolean fails = moments.writing(this);
        int first = sectorOf(offset);
        int count = (int) (length / Content.SECTOR_BYTES);
        Arrays.fill(cached, first, first + (fails ? count / 2 : count), 0);
        failIf(fails);
    }

    private static void failIf(boolean fails) throws NbdException {
        if (fails) {
            throw new NbdException(NbdError.EIO, "the schedule says so");
        }
    }

    @Override
    public void trim(long offset, long length, boolean fua) {
        // A device may ignore it, so this one does.
    }

    @Override
    public void flush() {
        if (!ignoresFlush) {
            System.arraycopy(cached, 0, durable, 0, cached.length);
        }
    }

    @Override
    public List<Extent> extents(long offset, long length, int limit) {
        int block = sectorOf(offset) / Content.SECTORS_PER_BLOCK;
        int end = (int) ((offset + length) / Content.BLOCK_BYTES);
        boolean zero = isZero(block);
        int next = block + 1;
        while (next < end && isZero(next) == zero) {
            next++;
        }
        return List.of(new Extent(
                offset, (long) (next - block) * Content.BLOCK_BYTES, zero ? Extent.Kind.HOLE : Extent.Kind.DATA));
    }

    private boolean isZero(int block) {
        int end = (block + 1) * Content.SECTORS_PER_BLOCK;
        for (int sector = block * Content.SECTORS_PER_BLOCK; sector < end; sector++) {
            if (cached[sector] != 0) {
                return false;
            }
        }
        return true;
    }

    private static int sectorOf(long offset) {
        return Math.toIntExact(offset / Content.SECTOR_BYTES);
    }

    @Override
    public void close() {}
}
