package io.holdfast.nbd.client;

import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.BlockSizes;
import io.holdfast.nbd.Capability;
import io.holdfast.nbd.ExportCatalog;
import io.holdfast.nbd.Extent;
import io.holdfast.nbd.NbdError;
import io.holdfast.nbd.NbdException;
import io.holdfast.nbd.NbdIoException;
import io.holdfast.nbd.ZeroOptions;
import io.holdfast.nbd.wire.Handshaking;
import io.holdfast.nbd.wire.Transmission;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

/**
 * An export of an NBD server as a {@link BlockDevice}. Blocking; callers on several threads share one connection with many requests in
 * flight. Reads and writes of any size are split at the server's maximum.
 *
 * <p>Errors: {@link NbdException} when the server refuses an operation (the client stays usable), {@link io.holdfast.nbd.NbdConnectionException}
 * when the connection is gone (it stays gone), {@link io.holdfast.nbd.ExportRefusedException} when the export cannot be opened. An
 * operation the server does not offer fails with {@link NbdError#ENOTSUP} without being sent.
 */
public final class NbdClient implements BlockDevice {
    /** Commands without payload are split here: below the 32 bits of a count, and a multiple of every block size. */
    private static final long RANGE_LIMIT_BYTES = 1L << 30;

    private final SocketAddress address;
    private final String export;
    private final ClientConnection connection;
    private final ClientHandshake.Opened opened;
    private final Set<Capability> capabilities;

    private NbdClient(
            SocketAddress address, String export, ClientConnection connection, ClientHandshake.Opened opened) {
        this.address = address;
        this.export = export;
        this.connection = connection;
        this.opened = opened;
        this.capabilities = opened.info().capabilities();
    }

    /** {@link #open(SocketAddress, String, ClientOptions)} with the defaults. */
    public static NbdClient open(SocketAddress address, String export) throws NbdIoException {
        return open(address, export, ClientOptions.DEFAULT);
    }

    /**
     * Connects to an {@link java.net.InetSocketAddress} or {@link java.net.UnixDomainSocketAddress} and opens an export.
     *
     * @param export its name; empty for the server's default
     */
    public static NbdClient open(SocketAddress address, String export, ClientOptions options) throws NbdIoException {
        ClientConnection connection = ClientConnection.connect(address, options);
        ClientHandshake.Opened opened = connection.open(
                handshake -> handshake.open(export, options.structuredReplies(), Handshaking.BASE_ALLOCATION), options);
        return new NbdClient(address, export, connection, opened);
    }

    /** The exports that a server shows, over a connection of its own. */
    public static List<ExportCatalog.Entry> list(SocketAddress address) throws NbdIoException {
        ClientOptions options = ClientOptions.DEFAULT;
        return ClientConnection.connect(address, options)
                .negotiateOnly(ClientHandshake::list, options.connectTimeout());
    }

    @Override
    public long size() {
        return opened.info().size();
    }

    @Override
    public BlockSizes blockSizes() {
        return opened.info().blockSizes();
    }

    @Override
    public Set<Capability> capabilities() {
        return capabilities;
    }

    /** True if {@link #extents} reports what the server knows; otherwise everything counts as data. */
    public boolean knowsAllocation() {
        return opened.allocationContext() != ClientHandshake.Opened.NO_CONTEXT;
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws NbdIoException {
        int start = dst.position();
        for (int end = dst.limit(); dst.position() < end; ) {
            int count = Math.min(end - dst.position(), blockSizes().maximum());
            long at = offset + dst.position() - start;
            call(Transmission.CMD_READ, 0, at, count, dst.duplicate(), null);
            dst.position(dst.position() + count);
        }
    }

    @Override
    public void write(long offset, ByteBuffer src, boolean fua) throws NbdIoException {
        int start = src.position();
        int flags = fua && can(Capability.FUA) ? Transmission.CMD_FLAG_FUA : 0;
        for (int end = src.limit(); src.position() < end; ) {
            int count = Math.min(end - src.position(), blockSizes().maximum());
            long at = offset + src.position() - start;
            call(Transmission.CMD_WRITE, flags, at, count, null, src.slice(src.position(), count));
            src.position(src.position() + count);
        }
        flushInsteadOfFua(fua);
    }

    @Override
    public void zero(long offset, long length, ZeroOptions options) throws NbdIoException {
        require(Capability.WRITE_ZEROES);
        int flags = options.mayPunchHole() ? 0 : Transmission.CMD_FLAG_NO_HOLE;
        if (options.onlyIfFast()) {
            require(Capability.FAST_ZERO);
            flags |= Transmission.CMD_FLAG_FAST_ZERO;
        }
        flags |= options.fua() && can(Capability.FUA) ? Transmission.CMD_FLAG_FUA : 0;
        // The specification exempts only fast zeroing from the maximum.
        long step = options.onlyIfFast() ? RANGE_LIMIT_BYTES : blockSizes().maximum();
        inSteps(Transmission.CMD_WRITE_ZEROES, flags, offset, length, step);
        flushInsteadOfFua(options.fua());
    }

    @Override
    public void trim(long offset, long length, boolean fua) throws NbdIoException {
        require(Capability.TRIM);
        int flags = fua && can(Capability.FUA) ? Transmission.CMD_FLAG_FUA : 0;
        inSteps(Transmission.CMD_TRIM, flags, offset, length, RANGE_LIMIT_BYTES);
        flushInsteadOfFua(fua);
    }

    @Override
    public void flush() throws NbdIoException {
        require(Capability.FLUSH);
        call(Transmission.CMD_FLUSH, 0, 0, 0, null, null);
    }

    @Override
    public void cache(long offset, long length) throws NbdIoException {
        require(Capability.CACHE);
        inSteps(Transmission.CMD_CACHE, 0, offset, length, blockSizes().maximum());
    }

    @Override
    public List<Extent> extents(long offset, long length, int limit) throws NbdIoException {
        if (!knowsAllocation()) {
            return List.of(new Extent(offset, length, Extent.Kind.DATA));
        }
        int flags = limit == 1 ? Transmission.CMD_FLAG_REQ_ONE : 0;
        long count = Math.min(length, RANGE_LIMIT_BYTES);
        List<Extent> found = call(Transmission.CMD_BLOCK_STATUS, flags, offset, count, null, null).extents;
        return List.copyOf(found.subList(0, Math.min(limit, found.size())));
    }

    private void inSteps(int command, int flags, long offset, long length, long step) throws NbdIoException {
        for (long at = offset, end = offset + length; at < end; at += step) {
            call(command, flags, at, Math.min(step, end - at), null, null);
        }
    }

    private PendingRequest call(int command, int flags, long offset, long count, ByteBuffer dst, ByteBuffer src)
            throws NbdIoException {
        PendingRequest request = new PendingRequest(command, offset, count, dst);
        connection.call(request, flags, src);
        return request;
    }

    private void require(Capability capability) throws NbdException {
        if (!can(capability)) {
            throw new NbdException(NbdError.ENOTSUP, "the export '" + export + "' does not offer " + capability);
        }
    }

    private void flushInsteadOfFua(boolean fua) throws NbdIoException {
        if (fua && !can(Capability.FUA)) {
            flush();
        }
    }

    /** Ends the connection. Operations in flight on other threads fail; nothing is flushed. */
    @Override
    public void close() {
        connection.close();
    }

    @Override
    public String toString() {
        return "export '" + export + "' of " + address;
    }
}
