package io.holdfast.nbd.device;

import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.BlockSizes;
import io.holdfast.nbd.Capability;
import io.holdfast.nbd.Extent;
import io.holdfast.nbd.ZeroOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The base of filters: every call goes to the device below unchanged. A filter overrides what it watches or changes and keeps every
 * promise of {@link BlockDevice}, the thread rules included. Closing a filter closes the device below.
 */
public abstract class ForwardingBlockDevice implements BlockDevice {
    private final BlockDevice below;

    protected ForwardingBlockDevice(BlockDevice below) {
        this.below = Objects.requireNonNull(below);
    }

    /** The device that this filter stands in front of. */
    protected final BlockDevice below() {
        return below;
    }

    @Override
    public long size() {
        return below.size();
    }

    @Override
    public BlockSizes blockSizes() {
        return below.blockSizes();
    }

    @Override
    public Set<Capability> capabilities() {
        return below.capabilities();
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        below.read(offset, dst);
    }

    @Override
    public void write(long offset, ByteBuffer src, boolean fua) throws IOException {
        below.write(offset, src, fua);
    }

    @Override
    public void zero(long offset, long length, ZeroOptions options) throws IOException {
        below.zero(offset, length, options);
    }

    @Override
    public void trim(long offset, long length, boolean fua) throws IOException {
        below.trim(offset, length, fua);
    }

    @Override
    public void flush() throws IOException {
        below.flush();
    }

    @Override
    public List<Extent> extents(long offset, long length, int limit) throws IOException {
        return below.extents(offset, length, limit);
    }

    @Override
    public void cache(long offset, long length) throws IOException {
        below.cache(offset, length);
    }

    @Override
    public void close() throws IOException {
        below.close();
    }
}
