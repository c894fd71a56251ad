package io.holdfast.replicationagent.adapter.qemu;

import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.Capability;
import io.holdfast.nbd.NbdError;
import io.holdfast.nbd.NbdException;
import io.holdfast.nbd.ZeroOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Set;

/** Takes the writes of a mirror that is being ended and forgets them: what they changed is in the bitmaps. Threads: any. */
final class ForgettingDevice implements BlockDevice {
    private static final Set<Capability> CAPABILITIES =
            Set.copyOf(EnumSet.of(Capability.FLUSH, Capability.FUA, Capability.WRITE_ZEROES, Capability.TRIM));

    private final long sizeBytes;

    ForgettingDevice(long sizeBytes) {
        this.sizeBytes = sizeBytes;
    }

    @Override
    public void write(long offset, ByteBuffer src, boolean fua) {
        src.position(src.limit());
    }

    @Override
    public void zero(long offset, long length, ZeroOptions options) {}

    @Override
    public void trim(long offset, long length, boolean fua) {}

    @Override
    public void flush() {}

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        throw new NbdException(NbdError.EPERM, "nothing is kept here");
    }

    @Override
    public long size() {
        return sizeBytes;
    }

    @Override
    public Set<Capability> capabilities() {
        return CAPABILITIES;
    }

    @Override
    public void close() {}
}
