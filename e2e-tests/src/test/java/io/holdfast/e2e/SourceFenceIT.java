package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.ProtectedMachine.Disk;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.nbd.ExportRefusedException;
import io.holdfast.nbd.client.NbdClient;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.workload.WorkloadPlan;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Invariant 10 at the source: protection-group, the topic of policies, router and agent together. */
@DisplayName("The source of a VM that is taken by a failover")
class SourceFenceIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String OWNER = "the other house";

    @RegisterExtension
    static final TestSite SITE = new TestSite();

    @Test
    void writes_nothing_until_it_is_given_back_and_every_checkpoint_has_all_that_was_acknowledged() throws Exception {
        WorkloadPlan plan = new WorkloadPlan(new Random().nextLong(), 2, 0, 1024, 16);
        try (ProtectedWorkload load = ProtectedWorkload.start(SITE.client(), SITE.disks(), "fenced", plan)) {
            ProtectedMachine machine = load.machine();
            machine.awaitCheckpointAfter(Instant.now(), PATIENCE);
            ObjectNode run = SiteClient.object().put("runId", UUID.randomUUID().toString());
            String failover = machine.groupPath() + "/failover";

            SITE.client().post(failover, run.deepCopy().put("owner", OWNER));

            // One operation at a time: once one had to be repeated, none is under way that may still be acknowledged.
            Eventually.await("refused", PATIENCE, () -> load.guest().repeated() > 0 && isRefused(machine));
            long atTheFence = load.guest().acknowledged();
            machine.awaitCheckpointAfter(Instant.now().plusSeconds(1), PATIENCE);
            SITE.kill("replication-agent");
            SITE.start("replication-agent");
            assertThatThrownBy(() -> open(machine))
                    .isInstanceOf(ExportRefusedException.class)
                    .hasMessageContaining(OWNER);
            assertThat(load.guest().acknowledged()).isEqualTo(atTheFence);

            SITE.client().post(failover + "/cancel", run);

            Eventually.await("served again", PATIENCE, () -> load.guest().acknowledged() > atTheFence + 50);
            machine.awaitCheckpointAfter(Instant.now().plusSeconds(1), PATIENCE);
            load.stopGuest();
            machine.awaitCheckpointAfter(Instant.now(), PATIENCE);
            int compared = new RecoveredCheckpoints(machine, SITE.journalNbd(), plan)
                    .requireAllEqualTheOracle(load.guest().issued(), load.acknowledgedAt());
            assertThat(compared).isGreaterThan(3);
        }
    }

    private static NbdClient open(ProtectedMachine machine) throws IOException {
        Disk disk = machine.disks().getFirst();
        return NbdClient.open(disk.address(), disk.export());
    }

    private static boolean isRefused(ProtectedMachine machine) {
        try {
            open(machine).close();
            return false;
        } catch (ExportRefusedException refused) {
            return refused.reason() == ExportRefusedException.Reason.SHUTDOWN;
        } catch (IOException away) {
            return false;
        }
    }
}
