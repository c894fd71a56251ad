package io.holdfast.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.nbd.client.ClientOptions;
import io.holdfast.nbd.client.NbdClient;
import io.holdfast.nbd.device.FileBlockDevice;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our client against the servers that people run: nbdkit and qemu-nbd. */
class ForeignServersTest {
    private static final int SIZE = 8 << 20;

    @TempDir
    Path folder;

    private final Random random = new Random(11);

    private Path image() throws IOException {
        Path file = folder.resolve("image.raw");
        FileBlockDevice.create(file, SIZE).close();
        return file;
    }

    private void readsWhatItWroteZeroedAndTrimmed(NbdClient client) throws IOException {
        assertThat(client.size()).isEqualTo(SIZE);
        byte[] data = Fixture.randomBytes(random, 300_000);
        client.write(65_536, ByteBuffer.wrap(data), false);
        assertThat(Fixture.read(client, 65_536, data.length)).isEqualTo(data);
        client.write(1 << 20, ByteBuffer.wrap(data, 0, 4096), true);
        client.zero(65_536, 65_536, ZeroOptions.DEFAULT);
        client.zero(65_536, 4096, new ZeroOptions(false, false, true));
        assertThat(Fixture.read(client, 65_536, 65_536)).containsOnly(0);
        assertThat(Fixture.read(client, 131_072, 100)).isEqualTo(java.util.Arrays.copyOfRange(data, 65_536, 65_636));
        client.trim(131_072, 65_536, false);
        client.flush();
        if (client.knowsAllocation()) {
            List<Extent> extents = client.extents(0, SIZE);
            assertThat(extents.getFirst().readsAsZeroes()).isTrue();
            assertThat(extents).anyMatch(extent -> extent.kind() == Extent.Kind.DATA);
            assertThat(extents.getLast().end()).isEqualTo(SIZE);
        }
        assertThatThrownBy(() -> client.read(SIZE - 512, ByteBuffer.allocate(1024)))
                .isInstanceOfSatisfying(
                        NbdException.class, e -> assertThat(e.error()).isEqualTo(NbdError.EINVAL));
        assertThat(Fixture.read(client, 0, 512)).containsOnly(0);
    }

    @Test
    void nbdkitOverAUnixSocket() throws IOException {
        Path socket = folder.resolve("s");
        try (Tool.Running _ = Tool.serve(socket, "nbdkit", "-f", "-U", socket.toString(), "file", image().toString());
                NbdClient client = NbdClient.open(UnixDomainSocketAddress.of(socket), "")) {
            readsWhatItWroteZeroedAndTrimmed(client);
        }
    }

    @Test
    void nbdkitOverTcpWithoutStructuredReplies() throws IOException {
        InetSocketAddress address = Tool.freePort();
        try (Tool.Running _ = Tool.serve(
                        address,
                        "nbdkit",
                        "-f",
                        "--no-sr",
                        "-i",
                        "127.0.0.1",
                        "-p",
                        "" + address.getPort(),
                        "file",
                        image().toString());
                NbdClient client = NbdClient.open(address, "")) {
            assertThat(client.knowsAllocation()).isFalse();
            readsWhatItWroteZeroedAndTrimmed(client);
        }
    }

    @Test
    void nbdkitErrorsArriveWithTheirNumber() throws IOException {
        Path socket = folder.resolve("s");
        try (Tool.Running _ = Tool.serve(
                        socket,
                        "nbdkit",
                        "-f",
                        "-U",
                        socket.toString(),
                        "--filter=error",
                        "memory",
                        "size=1M",
                        "error-pwrite=ENOSPC",
                        "error-pwrite-rate=100%");
                NbdClient client = NbdClient.open(UnixDomainSocketAddress.of(socket), "")) {
            assertThatThrownBy(() -> client.write(0, ByteBuffer.allocate(512), false))
                    .isInstanceOfSatisfying(
                            NbdException.class, e -> assertThat(e.error()).isEqualTo(NbdError.ENOSPC));
            assertThat(Fixture.read(client, 0, 512)).containsOnly(0);
        }
    }

    @Test
    void nbdkitReadOnlyExportsSayEperm() throws IOException {
        Path socket = folder.resolve("s");
        try (Tool.Running _ = Tool.serve(socket, "nbdkit", "-f", "-r", "-U", socket.toString(), "memory", "size=1M");
                NbdClient client = NbdClient.open(UnixDomainSocketAddress.of(socket), "")) {
            assertThat(client.can(Capability.READ_ONLY)).isTrue();
            assertThatThrownBy(() -> client.write(0, ByteBuffer.allocate(512), false))
                    .isInstanceOfSatisfying(
                            NbdException.class, e -> assertThat(e.error()).isEqualTo(NbdError.EPERM));
        }
    }

    @Test
    void nbdkitThatIsKilledFailsWhatIsInFlight() throws IOException {
        Path socket = folder.resolve("s");
        try (Tool.Running server = Tool.serve(
                        socket,
                        "nbdkit",
                        "-f",
                        "-U",
                        socket.toString(),
                        "--filter=delay",
                        "memory",
                        "size=1M",
                        "rdelay=30");
                NbdClient client = NbdClient.open(UnixDomainSocketAddress.of(socket), "")) {
            Thread.ofVirtual().start(() -> server.process().destroyForcibly());
            assertThatThrownBy(() -> client.read(0, ByteBuffer.allocate(512)))
                    .isInstanceOfSatisfying(NbdConnectionException.class, e -> assertThat(e.reason())
                            .isEqualTo(NbdConnectionException.Reason.LOST));
        }
    }

    @Test
    void aServerThatDoesNotAnswerInTimeEndsTheConnection() throws IOException {
        Path socket = folder.resolve("s");
        ClientOptions hasty = ClientOptions.DEFAULT.withRequestTimeout(java.time.Duration.ofMillis(200));
        try (Tool.Running _ = Tool.serve(
                        socket,
                        "nbdkit",
                        "-f",
                        "-U",
                        socket.toString(),
                        "--filter=delay",
                        "memory",
                        "size=1M",
                        "rdelay=30");
                NbdClient client = NbdClient.open(UnixDomainSocketAddress.of(socket), "", hasty)) {
            assertThatThrownBy(() -> client.read(0, ByteBuffer.allocate(512)))
                    .isInstanceOfSatisfying(NbdConnectionException.class, e -> assertThat(e.reason())
                            .isEqualTo(NbdConnectionException.Reason.TIMEOUT));
        }
    }

    @Test
    void qemuNbdOverAUnixSocket() throws IOException {
        Path socket = folder.resolve("s");
        try (Tool.Running _ = Tool.serve(
                socket,
                "qemu-nbd",
                "-t",
                "-e",
                "4",
                "-f",
                "raw",
                "--discard=unmap",
                "-x",
                "volume",
                "-D",
                "a test disk",
                "-k",
                socket.toString(),
                image().toString())) {
            SocketAddress address = UnixDomainSocketAddress.of(socket);
            assertThat(NbdClient.list(address)).containsExactly(new ExportCatalog.Entry("volume", "a test disk"));
            assertThatThrownBy(() -> NbdClient.open(address, "other"))
                    .isInstanceOfSatisfying(ExportRefusedException.class, e -> assertThat(e.reason())
                            .isEqualTo(ExportRefusedException.Reason.UNKNOWN));
            try (NbdClient client = NbdClient.open(address, "volume")) {
                readsWhatItWroteZeroedAndTrimmed(client);
            }
        }
    }

    @Test
    void nobodyListeningIsAConnectError() throws IOException {
        InetSocketAddress address = Tool.freePort();
        for (SocketAddress nobody : List.of(address, UnixDomainSocketAddress.of(folder.resolve("none")))) {
            assertThatThrownBy(() -> NbdClient.open(nobody, ""))
                    .isInstanceOfSatisfying(NbdConnectionException.class, e -> assertThat(e.reason())
                            .isEqualTo(NbdConnectionException.Reason.CONNECT));
        }
    }
}
