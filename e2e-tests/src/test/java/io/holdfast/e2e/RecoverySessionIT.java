package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.e2e.tools.Command;
import io.holdfast.kernel.Block;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.client.NbdClient;
import io.holdfast.testkit.workload.WorkloadPlan;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Invariant 8, as the operator of a rehearsal meets it. */
@DisplayName("A test run of a recovery plan")
class RecoverySessionIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    static final TestSite SITE = new TestSite();

    @Test
    void changes_nothing_but_its_own_overlay_while_replication_goes_on() throws Exception {
        WorkloadPlan plan = new WorkloadPlan(new Random().nextLong(), 2, 0, 2048, 16);
        try (ProtectedWorkload load = ProtectedWorkload.start(SITE.client(), SITE.disks(), "rehearsal", plan)) {
            ProtectedMachine machine = load.machine();
            JsonNode checkpoint = machine.awaitCheckpointAfter(Instant.now().plusSeconds(1), PATIENCE);
            String run = startTest(machine, checkpoint.path("id").asText());
            JsonNode ready = awaitState(run, "READY");

            scribbleOverEverything(ready);

            machine.awaitCheckpointAfter(Instant.now().plusSeconds(1), PATIENCE);
            assertThat(machine.group().path("lifecycle").asText()).isIn("PROTECTED", "TESTING");
            assertExportEquals(machine, checkpoint.path("id").asText());
            load.stopGuest();
            machine.awaitCheckpointAfter(Instant.now(), PATIENCE);
            int compared = new RecoveredCheckpoints(machine, SITE.journalNbd(), plan)
                    .requireAllEqualTheOracle(load.guest().issued(), load.acknowledgedAt());
            assertThat(compared)
                    .as("checkpoints from before and after the scribbling")
                    .isGreaterThan(3);

            SITE.client().post(run + "/finish");
            awaitState(run, "SUCCEEDED");
            assertThat(SITE.client().get(machine.journalPath() + "/sessions").path("items"))
                    .isEmpty();
            JsonNode report = SITE.client().get(run + "/report");
            assertThat(report.toString()).contains(checkpoint.path("id").asText());
        }
    }

    @Test
    void survives_a_kill_of_recovery_plan_and_of_the_journal_store() throws Exception {
        WorkloadPlan plan = new WorkloadPlan(new Random().nextLong(), 1, 0, 1024, 16);
        try (ProtectedWorkload load = ProtectedWorkload.start(SITE.client(), SITE.disks(), "killed-rehearsal", plan)) {
            ProtectedMachine machine = load.machine();
            JsonNode checkpoint = machine.awaitCheckpointAfter(Instant.now().plusSeconds(1), PATIENCE);
            String run = startTest(machine, checkpoint.path("id").asText());
            JsonNode ready = awaitState(run, "READY");
            JsonNode export = ready.path("sessions").get(0).path("exports").get(0);
            byte[] mark = new byte[Block.SIZE_BYTES];
            new Random(1).nextBytes(mark);
            try (BlockDevice disk = open(export)) {
                disk.write(0, ByteBuffer.wrap(mark), false);
                disk.flush();
            }

            for (String part : new String[] {"recovery-plan", "journal-store"}) {
                SITE.kill(part);
                SITE.start(part);
            }

            awaitState(run, "READY");
            ByteBuffer found = ByteBuffer.allocate(Block.SIZE_BYTES);
            try (BlockDevice disk = open(export)) {
                disk.read(0, found);
            }
            assertThat(found.array()).as("what was flushed to the session").isEqualTo(mark);
            SITE.client().post(run + "/finish");
            awaitState(run, "SUCCEEDED");
        }
    }

    /** The same point as files, ordered over REST while the guest writes and the session was scribbled over. */
    private static void assertExportEquals(ProtectedMachine machine, String checkpoint) throws Exception {
        ObjectNode order = SiteClient.object().put("point", checkpoint).put("format", "qcow2");
        String exports = machine.journalPath() + "/image-exports";
        String export =
                exports + "/" + SITE.client().post(exports, order).path("id").asText();
        JsonNode done = SITE.client().await("the export has ended", PATIENCE, export, answer -> answer.path("state")
                .asText()
                .matches("DONE|FAILED"));
        assertThat(done.path("state").asText()).as(done.toString()).isEqualTo("DONE");
        assertThat(done.path("files")).hasSameSizeAs(machine.disks());
        for (JsonNode file : done.path("files")) {
            String image = "nbd://%s:%d/%s/%s@%s"
                    .formatted(
                            SITE.journalNbd().getHostString(),
                            SITE.journalNbd().getPort(),
                            machine.pgId(),
                            file.path("volumeId").asText(),
                            checkpoint);
            Command.run(
                    PATIENCE,
                    "qemu-img",
                    "compare",
                    "-f",
                    "raw",
                    "-F",
                    "qcow2",
                    image,
                    file.path("path").asText());
        }
        SITE.client().delete(export);
    }

    private static String startTest(ProtectedMachine machine, String checkpointId) {
        SiteClient site = SITE.client();
        ObjectNode plan = SiteClient.object().put("name", "plan-" + machine.pgId());
        plan.putArray("groups").addObject().put("name", "all").putArray("pgIds").add(machine.pgId());
        String planId = site.post("/api/v1/plans", plan).path("id").asText();
        ObjectNode order = SiteClient.object().put("mode", "TEST");
        order.putObject("points").putObject(machine.pgId()).put("checkpointId", checkpointId);
        String location = site.post("/api/v1/plans/" + planId + "/runs", order)
                .path("location")
                .asText();
        return location.substring(location.indexOf("/api/"));
    }

    private static JsonNode awaitState(String run, String state) {
        return SITE.client().await("run is " + state, PATIENCE, run, answer -> {
            if (answer.path("state").asText().equals("FAILED")) {
                throw new AssertionError("the run failed: " + answer);
            }
            return answer.path("state").asText().equals(state);
        });
    }

    private static void scribbleOverEverything(JsonNode ready) throws Exception {
        byte[] noise = new byte[1 << 20];
        new Random(2).nextBytes(noise);
        for (JsonNode export : ready.path("sessions").get(0).path("exports")) {
            try (BlockDevice disk = open(export)) {
                for (long offset = 0; offset < disk.size(); offset += noise.length) {
                    int length = (int) Math.min(noise.length, disk.size() - offset);
                    disk.write(offset, ByteBuffer.wrap(noise, 0, length), false);
                }
                disk.flush();
            }
        }
    }

    private static BlockDevice open(JsonNode export) throws Exception {
        return NbdClient.open(
                ProtectedMachine.address(export.path("nbdAddress").asText()),
                export.path("nbdExport").asText());
    }
}
