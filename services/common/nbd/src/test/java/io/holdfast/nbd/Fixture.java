package io.holdfast.nbd;

import io.holdfast.nbd.client.NbdClient;
import io.holdfast.nbd.device.FileBlockDevice;
import io.holdfast.nbd.server.NbdServer;
import io.holdfast.nbd.server.ServerLimits;
import io.holdfast.nbd.server.ServerStats;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;

/** A server on a loopback port with one export, "disk", in a file of its own. */
final class Fixture implements AutoCloseable {
    static final String EXPORT = "disk";
    static final int MIB = 1 << 20;

    final Path file;
    final FileBlockDevice disk;
    final NbdServer server;
    final InetSocketAddress address;

    private Fixture(Path folder, long size, UnaryOperator<BlockDevice> filter, ServerLimits limits) throws IOException {
        file = Files.createTempFile(folder, "disk", ".raw");
        Files.delete(file);
        disk = FileBlockDevice.create(file, size);
        server = new NbdServer(ExportCatalog.single(EXPORT, filter.apply(disk)), limits);
        address = server.listenTcp("127.0.0.1", 0);
    }

    static Fixture serving(Path folder, long size) throws IOException {
        return new Fixture(folder, size, device -> device, ServerLimits.DEFAULT);
    }

    static Fixture serving(Path folder, long size, UnaryOperator<BlockDevice> filter) throws IOException {
        return new Fixture(folder, size, filter, ServerLimits.DEFAULT);
    }

    static Fixture serving(Path folder, long size, UnaryOperator<BlockDevice> filter, ServerLimits limits)
            throws IOException {
        return new Fixture(folder, size, filter, limits);
    }

    NbdClient client() throws IOException {
        return NbdClient.open(address, EXPORT);
    }

    RawClient raw(boolean structured) throws IOException {
        return RawClient.opened(address, EXPORT, structured);
    }

    String uri() {
        return "nbd://127.0.0.1:" + address.getPort() + "/" + EXPORT;
    }

    /** Waits until the server holds nothing for any connection. */
    void awaitIdle() {
        Await.until(
                "the server holds no connection, thread or buffer",
                () -> {
                    ServerStats now = server.stats();
                    return now.connections() == 0 && now.workers() == 0 && now.lentBytes() == 0;
                },
                server::stats);
    }

    static byte[] randomBytes(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    static byte[] read(BlockDevice device, long offset, int count) throws IOException {
        byte[] bytes = new byte[count];
        device.read(offset, ByteBuffer.wrap(bytes));
        return bytes;
    }

    /** A filter that shows the device below with other capabilities. */
    static BlockDevice withCapabilities(BlockDevice below, Set<Capability> capabilities) {
        return new io.holdfast.nbd.device.ForwardingBlockDevice(below) {
            @Override
            public Set<Capability> capabilities() {
                return capabilities;
            }
        };
    }

    static BlockDevice withBlockSizes(BlockDevice below, BlockSizes sizes) {
        return new io.holdfast.nbd.device.ForwardingBlockDevice(below) {
            @Override
            public BlockSizes blockSizes() {
                return sizes;
            }
        };
    }

    @Override
    public void close() throws IOException {
        server.close();
        disk.close();
    }
}
