package io.holdfast.nbd.client;

import io.holdfast.nbd.Extent;
import io.holdfast.nbd.NbdError;
import io.holdfast.nbd.NbdException;
import io.holdfast.nbd.NbdIoException;
import io.holdfast.nbd.wire.Transmission;
import java.net.SocketAddress;

/**
 * Reads one of QEMU's dirty bitmaps, which its NBD server shows as a meta context of an export. Source: QEMU, docs/interop/nbd.txt.
 *
 * <p>Stateless; each reading has a connection of its own.
 */
public final class DirtyBitmap {
    /** Bytes that one question covers: within the 32 bits of a count. */
    private static final long STEP_BYTES = 1L << 30;

    private DirtyBitmap() {}

    /** Takes the dirty runs, in ascending order. */
    public interface Runs {
        void dirty(long offset, long length);
    }

    /**
     * @param export an export that was made with the bitmap
     * @param bitmap its name in QEMU
     * @return the size of the export in bytes
     * @throws NbdException {@link NbdError#ENOTSUP} when the export does not show this bitmap
     */
    public static long read(SocketAddress address, String export, String bitmap, ClientOptions options, Runs runs)
            throws NbdIoException {
        ClientConnection connection = ClientConnection.connect(address, options);
        try {
            ClientHandshake.Opened opened = connection.open(
                    handshake -> handshake.open(export, true, ClientHandshake.DIRTY_BITMAP + bitmap), options);
            if (opened.allocationContext() == ClientHandshake.Opened.NO_CONTEXT) {
                throw new NbdException(
                        NbdError.ENOTSUP, "the export '" + export + "' does not show a bitmap '" + bitmap + "'");
            }
            long size = opened.info().size();
            for (long at = 0; at < size; ) {
                PendingRequest request =
                        new PendingRequest(Transmission.CMD_BLOCK_STATUS, at, Math.min(STEP_BYTES, size - at), null);
                connection.call(request, 0, null);
                for (Extent extent : request.extents) {
                    if (extent.kind() == Extent.Kind.DATA) {
                        runs.dirty(extent.offset(), extent.length());
                    }
                    at = extent.offset() + extent.length();
                }
            }
            return size;
        } finally {
            connection.close();
        }
    }
}
