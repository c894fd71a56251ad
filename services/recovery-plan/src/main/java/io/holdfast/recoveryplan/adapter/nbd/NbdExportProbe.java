package io.holdfast.recoveryplan.adapter.nbd;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.BlockSizes;
import io.holdfast.nbd.client.ClientOptions;
import io.holdfast.nbd.client.NbdClient;
import io.holdfast.recoveryplan.execution.ExportProbe;
import io.holdfast.recoveryplan.run.OpenSession;
import io.holdfast.recoveryplan.run.RunError;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;

/** Probes an export as a machine that boots from it would begin: connect, open, read the first and the last block. */
public final class NbdExportProbe implements ExportProbe {
    private static final int BLOCK_BYTES = 4096;

    private final ClientOptions options;

    /** @param timeout of connecting with handshake, and of each read */
    public NbdExportProbe(Duration timeout) {
        this.options = ClientOptions.DEFAULT.withConnectTimeout(timeout).withRequestTimeout(timeout);
    }

    @Override
    public void check(OpenSession.Export export) {
        InetSocketAddress address = address(export);
        if (address.isUnresolved()) {
            throw notReady(export, "the host of its address is not known here", null);
        }
        try (NbdClient client = NbdClient.open(address, export.nbdExport(), options)) {
            if (client.size() != export.sizeBytes()) {
                throw notReady(
                        export,
                        "it has %d bytes, the session says %d".formatted(client.size(), export.sizeBytes()),
                        null);
            }
            readFirstAndLast(client);
        } catch (IOException failed) {
            throw notReady(export, failed.getMessage(), failed);
        }
    }

    private static void readFirstAndLast(NbdClient client) throws IOException {
        BlockSizes blocks = client.blockSizes();
        int length = (int) Math.min(Math.max(BLOCK_BYTES, blocks.minimum()), client.size());
        if (length > 0) {
            client.read(0, ByteBuffer.allocate(length));
            client.read(client.size() - length, ByteBuffer.allocate(length));
        }
    }

    private static InetSocketAddress address(OpenSession.Export export) {
        try {
            // The authority of a URI is host:port with every spelling of an IPv6 address.
            URI uri = URI.create("nbd://" + export.nbdAddress());
            if (uri.getHost() != null && uri.getPort() > 0 && uri.getPort() <= 0xFFFF) {
                String host = uri.getHost();
                boolean bracketed = host.startsWith("[");
                return new InetSocketAddress(bracketed ? host.substring(1, host.length() - 1) : host, uri.getPort());
            }
        } catch (IllegalArgumentException malformed) {
            throw notReady(export, "its address is not host:port", malformed);
        }
        throw notReady(export, "its address is not host:port", null);
    }

    private static HoldfastException notReady(OpenSession.Export export, String reason, Exception cause) {
        return new HoldfastException(
                RunError.EXPORT_NOT_READY,
                "volume '%s' cannot be read at nbd://%s/%s: %s"
                        .formatted(export.name(), export.nbdAddress(), export.nbdExport(), reason),
                cause);
    }
}
