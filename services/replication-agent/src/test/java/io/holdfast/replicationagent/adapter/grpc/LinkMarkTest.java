package io.holdfast.replicationagent.adapter.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.Dscp;
import io.holdfast.replicationagent.fixture.AgentFixture;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As the kernel knows the connection, which is what the network's rules see. */
class LinkMarkTest {
    private static final Dscp ASSURED_FORWARDING_21 = new Dscp(18);

    @TempDir
    Path folder;

    @Test
    void packetsToARouterCarryTheMarkThatTheNetworksRulesGoBy() throws Exception {
        try (AgentFixture host = new AgentFixture(folder)) {
            host.linkMark = ASSURED_FORWARDING_21;
            host.connected();

            assertThat(socketsTo(host.router.port())).contains("tos:0x48");
        }
    }

    private static String socketsTo(int port) throws Exception {
        Process listing = new ProcessBuilder("ss", "-Htn", "--tos", "dst", "127.0.0.1:" + port)
                .redirectErrorStream(true)
                .start();
        String sockets = new String(listing.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(listing.waitFor()).as(sockets).isZero();
        return sockets;
    }
}
