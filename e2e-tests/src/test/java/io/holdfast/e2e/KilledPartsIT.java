package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.testkit.workload.WorkloadPlan;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real processes end by SIGKILL while a guest writes; what the journal offers afterwards is compared to the byte. */
@DisplayName("A part that is killed under load")
class KilledPartsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @RegisterExtension
    static final TestSite SITE = new TestSite();

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"replication-agent", "replication-router", "journal-store", "kafka"})
    void leaves_only_checkpoints_that_recover_exactly(String part) throws Exception {
        WorkloadPlan plan = new WorkloadPlan(new Random().nextLong(), 2, 0, 4096, 16);
        try (ProtectedWorkload load = ProtectedWorkload.start(SITE.client(), SITE.disks(), "killed-" + part, plan)) {
            load.machine().awaitCheckpointAfter(Instant.now().plusSeconds(2), PATIENCE);
            long beforeKill = load.guest().acknowledged();

            SITE.kill(part);
            SITE.start(part);

            load.machine().awaitCheckpointAfter(Instant.now().plusSeconds(2), PATIENCE);
            load.stopGuest();
            load.machine().awaitCheckpointAfter(Instant.now(), PATIENCE);

            int compared = new RecoveredCheckpoints(load.machine(), SITE.journalNbd(), plan)
                    .requireAllEqualTheOracle(load.guest().issued(), load.acknowledgedAt());
            System.out.printf(
                    "%s killed: %d checkpoints equal the oracle, %d operations, %d repeated%n",
                    part, compared, load.guest().acknowledged(), load.guest().repeated());
            assertThat(load.guest().acknowledged()).as("the guest went on").isGreaterThan(beforeKill);
            assertThat(compared).isGreaterThan(4);
        }
    }

    @Test
    @DisplayName("does not stop checkpoints when it is the whole control plane and its database")
    void control_plane_and_database_gone() throws Exception {
        WorkloadPlan plan = new WorkloadPlan(new Random().nextLong(), 2, 0, 4096, 16);
        try (ProtectedWorkload load = ProtectedWorkload.start(SITE.client(), SITE.disks(), "no-control-plane", plan)) {
            for (String part : TestSite.CONTROL_PLANE) {
                SITE.kill(part);
            }
            try {
                Instant gone = Instant.now();
                for (int seconds = 2; seconds <= 10; seconds += 4) {
                    load.machine().awaitCheckpointAfter(gone.plusSeconds(seconds), PATIENCE);
                }
                load.stopGuest();
                load.machine().awaitCheckpointAfter(Instant.now(), PATIENCE);

                int compared = new RecoveredCheckpoints(load.machine(), SITE.journalNbd(), plan)
                        .requireAllEqualTheOracle(load.guest().issued(), load.acknowledgedAt());
                assertThat(compared).isGreaterThan(8);
            } finally {
                for (String part : TestSite.CONTROL_PLANE.reversed()) {
                    SITE.start(part);
                }
            }
            load.machine().awaitLifecycle("PROTECTED", PATIENCE);
        }
    }
}
