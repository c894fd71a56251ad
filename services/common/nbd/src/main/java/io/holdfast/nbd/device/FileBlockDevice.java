package io.holdfast.nbd.device;

import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.BlockSizes;
import io.holdfast.nbd.Capability;
import io.holdfast.nbd.Extent;
import io.holdfast.nbd.NbdError;
import io.holdfast.nbd.NbdException;
import io.holdfast.nbd.ZeroOptions;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A raw file or a block device of the host. Sparse: holes are reported, trims punch holes, zeroing punches or zeroes ranges without moving
 * data where the file system can, and writes zeroes where it cannot. Writes go to the page cache; {@link #flush} and FUA force them to
 * the medium.
 *
 * <p>The size is taken when the file is opened; a file that is cut shorter later gives {@link NbdError#EIO}. Interrupting a thread inside a
 * call is harmless.
 */
public final class FileBlockDevice implements BlockDevice {
    private static final int ZERO_CHUNK_BYTES = 1 << 20;
    private static final ByteBuffer ZEROES =
            ByteBuffer.allocateDirect(ZERO_CHUNK_BYTES).asReadOnlyBuffer();

    private final Path path;
    private final ReopeningChannel channel;
    private final SparseFile sparse;
    private final long size;
    private final boolean readOnly;
    private final BlockSizes blockSizes;
    private final Set<Capability> capabilities;
    private volatile boolean closed;

    private FileBlockDevice(Path path, boolean readOnly, BlockSizes blockSizes) throws IOException {
        this.path = path;
        this.readOnly = readOnly;
        this.blockSizes = blockSizes;
        this.channel = new ReopeningChannel(
                path,
                readOnly ? Set.of(StandardOpenOption.READ) : Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
        this.sparse = new SparseFile(path, !readOnly);
        this.size = channel.size();
        EnumSet<Capability> can = EnumSet.of(Capability.FLUSH, Capability.FUA, Capability.MULTI_CONN);
        can.addAll(
                readOnly
                        ? Set.of(Capability.READ_ONLY)
                        : Set.of(Capability.TRIM, Capability.WRITE_ZEROES, Capability.FAST_ZERO));
        this.capabilities = Collections.unmodifiableSet(can);
    }

    /** Opens an existing file or block device for reading and writing. */
    public static FileBlockDevice open(Path path) throws IOException {
        return new FileBlockDevice(path, false, BlockSizes.DEFAULT);
    }

    /** Opens an existing file or block device for reading only. */
    public static FileBlockDevice openReadOnly(Path path) throws IOException {
        return new FileBlockDevice(path, true, BlockSizes.DEFAULT);
    }

    /** As {@link #open}, with stated block sizes. */
    public static FileBlockDevice open(Path path, BlockSizes blockSizes) throws IOException {
        return new FileBlockDevice(path, false, blockSizes);
    }

    /**
     * Creates a file that is one hole of the given size, and opens it.
     *
     * @throws java.nio.file.FileAlreadyExistsException if the path is taken; nothing is overwritten
     */
    public static FileBlockDevice create(Path path, long size) throws IOException {
        if (size < 0) {
            throw new IllegalArgumentException("size must not be negative, was " + size);
        }
        Files.createFile(path);
        // A FileChannel cannot extend a file without writing to it.
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
        }
        return open(path);
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public BlockSizes blockSizes() {
        return blockSizes;
    }

    @Override
    public Set<Capability> capabilities() {
        return capabilities;
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        check("read", offset, dst.remaining(), NbdError.EINVAL);
        channel.readFully(dst, offset);
    }

    @Override
    public void write(long offset, ByteBuffer src, boolean fua) throws IOException {
        checkWritable("write", offset, src.remaining());
        try {
            channel.writeFully(src, offset);
        } catch (IOException e) {
            throw translated("write", e);
        }
        if (fua) {
            flush();
        }
    }

    @Override
    public void zero(long offset, long length, ZeroOptions options) throws IOException {
        checkWritable("zero", offset, length);
        boolean done = length == 0
                || options.mayPunchHole() && sparse.punchHole(offset, length)
                || sparse.zeroRange(offset, length);
        if (!done) {
            if (options.onlyIfFast()) {
                throw new NbdException(
                        NbdError.ENOTSUP, "zeroing would be slow: offset " + offset + ", length " + length);
            }
            writeZeroes(offset, length);
        }
        if (options.fua()) {
            flush();
        }
    }

    private void writeZeroes(long offset, long length) throws IOException {
        try {
            for (long at = offset, end = offset + length; at < end; at += ZERO_CHUNK_BYTES) {
                channel.writeFully(ZEROES.slice(0, (int) Math.min(ZERO_CHUNK_BYTES, end - at)), at);
            }
        } catch (IOException e) {
            throw translated("zero", e);
        }
    }

    @Override
    public void trim(long offset, long length, boolean fua) throws IOException {
        checkWritable("trim", offset, length);
        if (length > 0 && sparse.punchHole(offset, length) && fua) {
            flush();
        }
    }

    @Override
    public void flush() throws IOException {
        channel.force();
    }

    @Override
    public List<Extent> extents(long offset, long length, int limit) throws IOException {
        check("extents", offset, length, NbdError.EINVAL);
        if (length == 0 || limit < 1) {
            throw new NbdException(NbdError.EINVAL, "extents: length " + length + ", limit " + limit);
        }
        return sparse.extents(offset, length, limit);
    }

    @Override
    public void close() throws IOException {
        closed = true;
        sparse.close();
        channel.close();
    }

    private void checkWritable(String what, long offset, long length) throws NbdException {
        if (readOnly) {
            throw new NbdException(NbdError.EPERM, what + " on a read-only device");
        }
        check(what, offset, length, what.equals("trim") ? NbdError.EINVAL : NbdError.ENOSPC);
    }

    private void check(String what, long offset, long length, NbdError error) throws NbdException {
        if (closed) {
            throw new NbdException(NbdError.ESHUTDOWN, what + ": the device is closed");
        }
        if (offset < 0 || length < 0 || offset > size - length) {
            throw new NbdException(
                    error, what + " beyond the end: offset " + offset + ", length " + length + ", size " + size);
        }
    }

    /** The JDK tells the kinds of failure apart only by the system's text. */
    private static IOException translated(String what, IOException e) {
        String text = String.valueOf(e.getMessage());
        boolean full = text.contains("No space left") || text.contains("quota exceeded") || text.contains("too large");
        return !(e instanceof NbdException) && full ? new NbdException(NbdError.ENOSPC, what + ": " + text, e) : e;
    }

    @Override
    public String toString() {
        return "file " + path;
    }
}
