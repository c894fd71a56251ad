package io.holdfast.nbd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

/**
 * A volume as its users see it: the interface above and below every filter, served by {@code NbdServer} and implemented by
 * {@code NbdClient}.
 *
 * <p><b>Threads.</b> All methods may be called by any number of threads at once and may block. Overlapping operations in flight at the
 * same time have no defined order, but each byte ends up with the value of one of them. An operation that begins after another
 * one returned sees its effect.
 *
 * <p><b>Ranges.</b> Offsets and lengths are in bytes, lie within {@link #size} and are multiples of {@link #blockSizes}{@code .minimum()}. The server
 * checks this before it calls; a device that is called outside of its range throws {@link NbdError#EINVAL} ({@link NbdError#ENOSPC} for writes and zeroing).
 *
 * <p><b>Errors.</b> {@link NbdException} says what the reply carries. Any other exception becomes {@link NbdError#EIO} and is logged by the
 * server; neither ends a connection. After a failed write, zeroing or trim the contents of its range are undefined.
 *
 * <p><b>Life.</b> Size, block sizes and capabilities never change while a device is open. {@link #close} belongs to whoever opened the device,
 * never to a connection. Operations after close fail with {@link NbdError#ESHUTDOWN}.
 */
public interface BlockDevice extends AutoCloseable {

    /** Bytes; 0 or more. */
    long size();

    /** Alignment and size limits of requests. */
    default BlockSizes blockSizes() {
        return BlockSizes.DEFAULT;
    }

    /** What the device can do; an unmodifiable set. */
    Set<Capability> capabilities();

    /**
     * Reads {@code dst.remaining()} bytes at {@code offset}; on return the buffer is full. A device never reads partly: it fills the
     * buffer or throws.
     *
     * @param dst heap or direct; belongs to the caller again when the call returns
     */
    void read(long offset, ByteBuffer dst) throws IOException;

    /**
     * Writes {@code src.remaining()} bytes at {@code offset}; on return the buffer is consumed.
     *
     * @param src heap or direct; the device keeps no reference, as the server reuses it at once
     * @param fua return only when the bytes are durable; needs {@link Capability#FUA}
     */
    void write(long offset, ByteBuffer src, boolean fua) throws IOException;

    /** Makes {@code length} bytes read as zeroes. {@code length} may exceed the payload limit. Needs {@link Capability#WRITE_ZEROES}. */
    void zero(long offset, long length, ZeroOptions options) throws IOException;

    /**
     * Says that the contents of the range are no longer needed; afterwards they are undefined until written again. A device may do
     * nothing. Needs {@link Capability#TRIM}.
     *
     * @param fua return only when the effect, if any, is durable
     */
    void trim(long offset, long length, boolean fua) throws IOException;

    /** Makes every write, zeroing and trim durable that returned before this call began. Needs {@link Capability#FLUSH}. */
    void flush() throws IOException;

    /**
     * Allocation states from {@code offset} on, in order and without gaps: the first run begins at {@code offset}, the last may end before
     * {@code offset + length} but never after it. Neighbours have different states where that is cheap to arrange.
     *
     * @param length bytes of interest, greater than 0
     * @param limit most runs to return, at least 1
     * @return 1 to {@code limit} runs
     */
    default List<Extent> extents(long offset, long length, int limit) throws IOException {
        return List.of(new Extent(offset, length, Extent.Kind.DATA));
    }

    /** {@link #extents(long, long, int)} with as many runs as one protocol reply carries at most. */
    default List<Extent> extents(long offset, long length) throws IOException {
        return extents(offset, length, 65_536);
    }

    /** Hints that the range will be read soon. A device may do nothing. */
    default void cache(long offset, long length) throws IOException {}

    /** True if this device has the capability. */
    default boolean can(Capability capability) {
        return capabilities().contains(capability);
    }

    /** Releases what the device holds; waits for nothing and may be called again. Data that was not flushed has no stated durability. */
    @Override
    void close() throws IOException;
}
