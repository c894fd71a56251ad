package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.ProtectedMachine.Disk;
import io.holdfast.e2e.client.ProtectedMachine.Objectives;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.localsite.LocalSite;
import io.holdfast.localsite.SiteOptions;
import io.holdfast.localsite.adapter.pki.SiteCertificates;
import io.holdfast.localsite.identity.Role;
import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.part.RestartPolicy;
import io.holdfast.localsite.plan.Port;
import io.holdfast.testkit.workload.WorkloadPlan;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A second site's journal feeds a third, whole site (F95 to F99). */
@DisplayName("A third site")
class ExtendedReplicationIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int THIRD_BASE_PORT = 26_400;

    @RegisterExtension
    static final TestSite SITE = new TestSite();

    @TempDir
    Path folder;

    @Test
    void has_checkpoints_of_its_own_under_their_true_age_and_keeps_them_when_the_second_site_is_lost()
            throws Exception {
        WorkloadPlan plan = new WorkloadPlan(new Random().nextLong(), 2, 0, 2048, 16);
        try (LocalSite third = startThird()) {
            String settings = Files.readString(SITE.site().settingsFile(Part.JOURNAL_STORE));
            offerTo(third, settings);
            try (ProtectedWorkload load = ProtectedWorkload.start(SITE.client(), SITE.disks(), "third-site", plan)) {
                SiteClient far = new SiteClient(third.address(), third.token("e2e", Role.ADMIN, Duration.ofHours(1)));
                ProtectedMachine copy = ProtectedMachine.ofInventory(
                        far,
                        load.machine().vmId(),
                        "third-site-copy",
                        load.machine().disks().stream().map(Disk::name).toList(),
                        new Objectives(Duration.ofSeconds(2), Duration.ofHours(2)));
                copy.start();
                copy.awaitCheckpointAfter(Instant.now().plusSeconds(1), PATIENCE);

                SITE.kill("journal-store");
                SITE.start("journal-store");
                copy.awaitCheckpointAfter(Instant.now().plusSeconds(2), PATIENCE);
                assertThat(relayOf(copy).path("connected").asBoolean()).isTrue();

                load.stopGuest();
                copy.awaitCheckpointAfter(Instant.now(), PATIENCE);
                SITE.kill("journal-store");
                InetSocketAddress farNbd = new InetSocketAddress("127.0.0.1", third.port(Port.JOURNAL_NBD));
                int compared = new RecoveredCheckpoints(copy, farNbd, plan)
                        .requireAllEqualTheOracle(load.guest().issued(), load.acknowledgedAt());
                System.out.printf("third site: %d checkpoints equal the oracle%n", compared);
                assertThat(compared).isGreaterThan(1);
            } finally {
                Files.writeString(SITE.site().settingsFile(Part.JOURNAL_STORE), settings);
                SITE.restart("journal-store");
            }
        }
    }

    private LocalSite startThird() throws Exception {
        return LocalSite.start(
                SiteOptions.in(folder.resolve("third"))
                        .basePort(THIRD_BASE_PORT)
                        .distribution(Path.of("..", "services").toAbsolutePath().normalize())
                        .without(Part.REPLICATION_AGENT, Part.RECOVERY_PLAN)
                        .restarts(RestartPolicy.NEVER)
                        .build(),
                line -> System.out.println("third: " + line));
    }

    /** What an operator does: asks the third site for a certificate, names the site in the settings, restarts the store. */
    private static void offerTo(LocalSite third, String settings) throws Exception {
        SiteCertificates.Files files = third.agentCertificate(AgentId.random());
        String target = "holdfast.relay.targets.third.";
        String more = target + "routers=127.0.0.1:" + third.port(Port.ROUTER_GRPC) + "\n"
                + target + "certificate=" + files.certificate() + "\n"
                + target + "key=" + files.key() + "\n"
                + target + "trust=" + files.trust() + "\n";
        SITE.kill("journal-store");
        Files.writeString(SITE.site().settingsFile(Part.JOURNAL_STORE), settings + "\n" + more);
        SITE.start("journal-store");
    }

    private static JsonNode relayOf(ProtectedMachine copy) {
        JsonNode relay = SITE.client().get("/api/v1/relays").path(0);
        assertThat(relay.path("groups").findValuesAsText("pgId")).contains(copy.pgId());
        return relay;
    }
}
