package io.holdfast.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.nbd.client.NbdClient;
import io.holdfast.nbd.server.NbdServer;
import io.holdfast.nbd.server.ServerLimits;
import java.io.IOException;
import java.net.BindException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Where a server listens, what it replaces and removes there, and how its limits are checked. */
class ListeningTest {
    @TempDir
    Path folder;

    @Test
    void aSocketLeftBehindByAKilledServerIsReplaced() throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("s"));
        ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address).close();
        assertThat(folder.resolve("s")).exists();
        try (Fixture fixture = Fixture.serving(folder, 4096)) {
            fixture.server.listen(address);
            NbdClient.open(address, "disk").close();
            fixture.awaitIdle();
        }
        assertThat(Files.exists(folder.resolve("s"))).as("removed on close").isFalse();
    }

    @Test
    void aSocketOfALivingServerIsNotTaken() throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("s"));
        try (Fixture first = Fixture.serving(folder, 4096);
                Fixture second = Fixture.serving(folder, 4096)) {
            first.server.listen(address);
            assertThatThrownBy(() -> second.server.listen(address)).isInstanceOf(BindException.class);
            NbdClient.open(address, "disk").close();
        }
    }

    @Test
    void aFileInTheWayIsKept() throws IOException {
        Path file = Files.writeString(folder.resolve("precious"), "data");
        try (Fixture fixture = Fixture.serving(folder, 4096)) {
            assertThatThrownBy(() -> fixture.server.listen(UnixDomainSocketAddress.of(file)))
                    .isInstanceOf(BindException.class);
        }
        assertThat(file).hasContent("data");
    }

    @Test
    void aClosedServerListensNoMore() throws IOException {
        try (Fixture fixture = Fixture.serving(folder, 4096)) {
            NbdServer server = fixture.server;
            server.close();
            server.close();
            assertThatThrownBy(() -> server.listenTcp("127.0.0.1", 0)).isInstanceOf(IOException.class);
            assertThatThrownBy(fixture::client).isInstanceOf(NbdConnectionException.class);
        }
    }

    @Test
    void limitsThatMakeNoSenseAreRefusedByName() {
        ServerLimits good = ServerLimits.DEFAULT;
        assertThatThrownBy(() -> good.withConnections(0)).hasMessageContaining("connections must be in 1..10000");
        assertThatThrownBy(() -> good.withWorkersPerConnection(129)).hasMessageContaining("workersPerConnection");
        assertThatThrownBy(() -> good.withRequestsInFlight(0)).hasMessageContaining("requestsInFlight");
        assertThatThrownBy(() -> good.withPayloadMemoryBytes(1 << 20)).hasMessageContaining("payloadMemoryBytes");
        assertThatThrownBy(() -> good.withStallTimeout(Duration.ZERO)).hasMessageContaining("stallTimeout");
        assertThatThrownBy(() -> new BlockSizes(3, 4096, 8192)).hasMessageContaining("minimum");
        assertThatThrownBy(() -> new BlockSizes(512, 256, 8192)).hasMessageContaining("preferred");
        assertThatThrownBy(() -> new BlockSizes(512, 4096, 4097)).hasMessageContaining("maximum");
    }

    @ParameterizedTest
    @EnumSource(Capability.class)
    void everyCapabilityArrivesAtTheClient(Capability capability) throws IOException {
        Set<Capability> needed =
                capability == Capability.FAST_ZERO ? Set.of(capability, Capability.WRITE_ZEROES) : Set.of(capability);
        try (Fixture fixture = Fixture.serving(folder, 4096, device -> Fixture.withCapabilities(device, needed));
                NbdClient client = fixture.client()) {
            assertThat(client.capabilities()).isEqualTo(needed);
        }
    }
}
