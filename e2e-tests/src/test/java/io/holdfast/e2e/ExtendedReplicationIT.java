package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.ProtectedMachine.Disk;
import io.holdfast.e2e.client.ProtectedMachine.Objectives;
import io.holdfast.testkit.workload.WorkloadPlan;
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

    @RegisterExtension
    static final TestSite SITE = new TestSite();

    @TempDir
    Path folder;

    @Test
    void has_checkpoints_of_its_own_under_their_true_age_and_keeps_them_when_the_second_site_is_lost()
            throws Exception {
        WorkloadPlan plan = new WorkloadPlan(new Random().nextLong(), 2, 0, 2048, 16);
        try (ThirdSite third = ThirdSite.fedBy(SITE, folder.resolve("third"));
                ProtectedWorkload load = ProtectedWorkload.start(SITE.client(), SITE.disks(), "third-site", plan)) {
            ProtectedMachine copy = ProtectedMachine.ofInventory(
                    third.client(),
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
            int compared = new RecoveredCheckpoints(copy, third.journalNbd(), plan)
                    .requireAllEqualTheOracle(load.guest().issued(), load.acknowledgedAt());
            System.out.printf("third site: %d checkpoints equal the oracle%n", compared);
            // How many there are is a matter of the machine's pace.
            assertThat(compared).isGreaterThan(1);
        }
    }

    private static JsonNode relayOf(ProtectedMachine copy) {
        JsonNode relay = SITE.client().get("/api/v1/relays").path(0);
        assertThat(relay.path("groups").findValuesAsText("pgId")).contains(copy.pgId());
        return relay;
    }
}
