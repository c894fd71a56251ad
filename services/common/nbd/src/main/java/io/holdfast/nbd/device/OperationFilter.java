package io.holdfast.nbd.device;

import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.Extent;
import io.holdfast.nbd.ZeroOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A filter that treats all operations alike: something happens before each, and something after it, whether it succeeded or not.
 */
public abstract class OperationFilter extends ForwardingBlockDevice {

    protected OperationFilter(BlockDevice below) {
        super(below);
    }

    /** Runs on the caller's thread before the device below is called. Throwing skips the operation. */
    protected abstract void before(Operation operation) throws IOException;

    /** Runs on the caller's thread after the device below returned or threw; not if {@link #before} threw. */
    protected void after(Operation operation) {}

    private interface Call {
        void run() throws IOException;
    }

    private void around(Operation.Kind kind, long offset, long length, Call call) throws IOException {
        Operation operation = new Operation(kind, offset, length);
        before(operation);
        try {
            call.run();
        } finally {
            after(operation);
        }
    }

    @Override
    public final void read(long offset, ByteBuffer dst) throws IOException {
        around(Operation.Kind.READ, offset, dst.remaining(), () -> below().read(offset, dst));
    }

    @Override
    public final void write(long offset, ByteBuffer src, boolean fua) throws IOException {
        around(Operation.Kind.WRITE, offset, src.remaining(), () -> below().write(offset, src, fua));
    }

    @Override
    public final void zero(long offset, long length, ZeroOptions options) throws IOException {
        around(Operation.Kind.ZERO, offset, length, () -> below().zero(offset, length, options));
    }

    @Override
    public final void trim(long offset, long length, boolean fua) throws IOException {
        around(Operation.Kind.TRIM, offset, length, () -> below().trim(offset, length, fua));
    }

    @Override
    public final void flush() throws IOException {
        around(Operation.Kind.FLUSH, 0, 0, () -> below().flush());
    }

    @Override
    public final List<Extent> extents(long offset, long length, int limit) throws IOException {
        Operation operation = new Operation(Operation.Kind.EXTENTS, offset, length);
        before(operation);
        try {
            return below().extents(offset, length, limit);
        } finally {
            after(operation);
        }
    }

    @Override
    public final void cache(long offset, long length) throws IOException {
        around(Operation.Kind.CACHE, offset, length, () -> below().cache(offset, length));
    }
}
