package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.e2e.story.SecondCopy;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.localsite.adapter.pki.SiteCertificates;
import io.holdfast.localsite.part.Part;
import io.holdfast.testkit.workload.WorkloadPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * One guest at work on disks that two agents serve: it issues an operation only when the one before is acknowledged, so most of its operations
 * depend on one that went through the other agent. A checkpoint with an effect and without its cause is no state after any
 * operation, and {@link RecoveredCheckpoints} finds it (invariant 2).
 */
@DisplayName("A group over two hosts")
class GroupOverTwoHostsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final String HOST_ID = "holdfast.agent.host-id";

    @RegisterExtension
    static final TestSite SITE = new TestSite();

    @TempDir
    Path folder;

    @Test
    void no_checkpoint_has_an_effect_without_its_cause_while_agents_and_the_router_hang_and_die() throws Exception {
        WorkloadPlan plan = new WorkloadPlan(new Random().nextLong(), 2, 0, 4096, 16);
        Map<String, String> second = secondAgent();
        SecondCopy agent = SecondCopy.start(SITE.site(), Part.REPLICATION_AGENT, folder, second);
        try {
            List<String> hosts = List.of(SITE.site().identity().host().toString(), second.get(HOST_ID));
            awaitConnected(hosts);
            try (ProtectedWorkload load =
                    ProtectedWorkload.startOverHosts(SITE.client(), SITE.disks(), "two-hosts", plan, hosts)) {
                load.machine().awaitCheckpointAfter(Instant.now(), PATIENCE);

                // Longer than any hold: it lets go by itself, and the cut must not become a checkpoint.
                SITE.pause("replication-agent", Duration.ofSeconds(2));
                load.machine().awaitCheckpointAfter(Instant.now(), PATIENCE);

                agent.close();
                agent = SecondCopy.start(SITE.site(), Part.REPLICATION_AGENT, folder, second);
                load.machine().awaitCheckpointAfter(Instant.now().plusSeconds(1), PATIENCE);

                SITE.kill("replication-router");
                SITE.start("replication-router");
                load.machine().awaitCheckpointAfter(Instant.now().plusSeconds(5), PATIENCE);

                load.stopGuest();
                load.machine().awaitCheckpointAfter(Instant.now(), PATIENCE);
                int compared = new RecoveredCheckpoints(load.machine(), SITE.journalNbd(), plan)
                        .requireAllEqualTheOracle(load.guest().issued(), load.acknowledgedAt());
                System.out.printf(
                        "two hosts: %d checkpoints of %d dependent operations equal the oracle%n",
                        compared, load.guest().acknowledged());
                assertThat(compared).isGreaterThan(5);
            }
        } finally {
            agent.close();
            // Others take any host whose agent is connected.
            SITE.client()
                    .await(
                            "the second agent is gone",
                            PATIENCE,
                            "/api/v1/hosts/" + second.get(HOST_ID),
                            host -> !host.path("agentConnected").asBoolean());
        }
    }

    /** What an operator writes down for a further host. */
    private Map<String, String> secondAgent() throws IOException {
        AgentId id = AgentId.random();
        SiteCertificates.Files files = SITE.site().agentCertificate(id);
        return Map.of(
                "holdfast.agent.id",
                id.toString(),
                HOST_ID,
                HostId.random().toString(),
                "holdfast.agent.hardware-uuid",
                "another-" + id,
                "holdfast.agent.state-directory",
                folder.resolve("state").toString(),
                "holdfast.agent.nbd-port",
                Integer.toString(SecondCopy.freePort()),
                "holdfast.tls.certificate",
                files.certificate().toString(),
                "holdfast.tls.key",
                files.key().toString(),
                "holdfast.tls.trust",
                files.trust().toString());
    }

    private static void awaitConnected(List<String> hosts) {
        SITE.client()
                .await("both hosts' agents are connected", Duration.ofSeconds(60), "/api/v1/hosts", page -> page.path(
                                "items")
                        .valueStream()
                        .filter(host -> host.path("agentConnected").asBoolean())
                        .map(host -> host.path("id").asText())
                        .toList()
                        .containsAll(hosts));
    }
}
