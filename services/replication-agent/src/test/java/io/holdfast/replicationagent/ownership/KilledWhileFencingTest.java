package io.holdfast.replicationagent.ownership;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.ExportRefusedException;
import io.holdfast.nbd.client.NbdClient;
import io.holdfast.proto.v1.Ownerships;
import io.holdfast.proto.v1.VmOwnership;
import io.holdfast.replicationagent.fixture.AgentFixture;
import io.holdfast.replicationagent.fixture.AgentProcess;
import io.holdfast.replicationagent.fixture.Wait;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent's process is killed as soon as the ownership is on its disk: whether the fence was put up is not known, and the next process must have it. */
class KilledWhileFencingTest {
    @TempDir
    Path folder;

    @Test
    void anAgentThatIsKilledBetweenItsLedgerAndItsFenceServesNothingWhenItIsBack() throws Exception {
        try (AgentFixture fixture = new AgentFixture(folder)) {
            VolumeId root = VolumeId.random();
            fixture.connected();
            fixture.nbdPort = fixture.agent.nbdAddress().getPort();
            fixture.attach(fixture.vm, "web", List.of(AgentFixture.volume(root, "root", fixture.disk("root.raw"))));
            fixture.closeAgent();
            Path ledger = fixture.state().resolve("ownership");
            int before = fixture.router.hellos.size();
            try (AgentProcess agent = AgentProcess.start(fixture, folder, folder.resolve("agent.log"))) {
                Wait.until(
                        "session",
                        () -> fixture.router.hellos.size() > before && fixture.router.isConnected(),
                        () -> "");
                fixture.router.own(Ownerships.newBuilder()
                        .addVms(VmOwnership.newBuilder()
                                .setVmId(fixture.vm.toString())
                                .setOwnership(io.holdfast.proto.v1.Ownership.newBuilder()
                                        .setEpoch(1)
                                        .setRecovered(true)))
                        .build());
                Wait.until("on disk", () -> read(ledger).contains(fixture.vm.toString()), () -> read(ledger));
                agent.kill();
            }
            // Nobody tells it again.
            fixture.router.own(Ownerships.getDefaultInstance());
            fixture.start();
            assertThatThrownBy(() -> NbdClient.open(
                            new InetSocketAddress("127.0.0.1", fixture.nbdPort), fixture.vm + "/" + root))
                    .isInstanceOf(ExportRefusedException.class)
                    .hasMessageContaining("owned by");
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException beingReplaced) {
            return "";
        }
    }
}
