package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.ProtectedMachine.Disk;
import io.holdfast.e2e.client.ProtectedMachine.Objectives;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.e2e.story.RecordsVm;
import io.holdfast.testkit.guest.GuestDisk;
import io.holdfast.testkit.guest.GuestImage;
import io.holdfast.testkit.guest.GuestParts;
import io.holdfast.testkit.guest.GuestSpec;
import io.holdfast.testkit.guest.RunningGuest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real guest with a service that writes numbered records, recovered as a running machine. The service says at its start how many records it found and whether one is missing.
 */
@DisplayName("A machine that is recovered")
class RecoveredMachinesIT {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final String VM = "records";

    @RegisterExtension
    static final TestSite SITE = new TestSite();

    @TempDir
    Path folder;

    private RecordsVm records;
    private String plan;
    private final Set<String> before = RecordsVm.networks();

    @AfterEach
    void no_machine_outlives_the_test() {
        RecordsVm.machineProcesses()
                .forEach(process -> ProcessHandle.of(process).ifPresent(ProcessHandle::destroyForcibly));
    }

    @Test
    void is_rehearsed_while_it_runs_then_lost_rolled_back_recovered_and_kept() throws Exception {
        GuestImage image = GuestImage.build(GuestParts.find(), folder, Map.of());
        ProtectedMachine machine = attach(image);
        machine.start();
        machine.awaitLifecycle("PROTECTED", PATIENCE);
        Disk disk = machine.disks().getFirst();
        long written;
        try (RunningGuest original = GuestSpec.running(image, "records")
                .with(new GuestDisk.NbdTcp("disk0", disk.address(), disk.export()))
                .start(folder.resolve("evidence"))) {
            original.awaitDone(30, PATIENCE);
            written = rehearse(machine, original);
            original.kill();
        }
        machine.awaitCheckpointAfter(Instant.now(), PATIENCE);

        String doubted = order("UNPLANNED");
        assertFoundAtLeast(written, awaitState(doubted, "READY"));
        SITE.client().post(doubted + "/rollback");
        awaitState(doubted, "ROLLED_BACK");
        assertNothingIsLeft(machine);
        // The source owns its VM again, and compares.
        machine.awaitLifecycle("PROTECTED", PATIENCE);

        String kept = order("UNPLANNED");
        assertFoundAtLeast(written, awaitState(kept, "READY"));
        SITE.client().post(kept + "/commit");
        JsonNode over = awaitState(kept, "SUCCEEDED");
        assertThat(over.path("committed").asBoolean()).as(over.toString()).isTrue();
        assertThat(RecordsVm.machineProcesses())
                .as("the recovered machine goes on")
                .hasSize(1);
        JsonNode report = SITE.client().get(kept + "/report");
        assertThat(report.path("verdict").asText()).isEqualTo("RECOVERED");
        assertThat(report.path("rto").isTextual()).as("the measured RTO").isTrue();
        assertSourceIsFenced(kept);

        SITE.client().post(kept + "/release");
        JsonNode released = awaitState(kept, "RELEASED");
        assertThat(released.path("sessions")).as(released.toString()).isEmpty();
        assertThat(RecordsVm.machineProcesses())
                .as("machines of a released run")
                .isEmpty();
        assertThat(machine.group().path("lifecycle").asText()).isEqualTo("FAILED_OVER");
    }

    /** Its agent is there, and says so; a source that is lost stays unknown. */
    private static void assertSourceIsFenced(String run) {
        JsonNode fenced = SITE.client()
                .await("the source is fenced", PATIENCE, run, answer -> answer.at("/groups/0/sources/0/fence")
                        .asText()
                        .equals("CONFIRMED"));
        assertThat(fenced.at("/groups/0/ownership").asText()).isEqualTo("COMMITTED");
        assertThat(fenced.at("/groups/0/loss/nothingUnsent").asBoolean())
                .as("nobody has proven that nothing was lost")
                .isFalse();
    }

    /**
     * While the original works; agent and recovery-plan are killed when the copy runs.
     *
     * @return a record that the original had forced before the last checkpoint
     */
    private long rehearse(ProtectedMachine machine, RunningGuest original) throws Exception {
        long before = original.done();
        machine.awaitCheckpointAfter(Instant.now(), PATIENCE);
        String run = order("TEST");
        JsonNode ready = awaitState(run, "READY");
        assertFoundAtLeast(before, ready);
        assertThat(records.found(ready)).as("records of the copy").isLessThanOrEqualTo(original.done());
        original.awaitDone(original.done() + 10, PATIENCE);

        List<Long> running = RecordsVm.machineProcesses();
        for (String part : List.of("replication-agent", "recovery-plan")) {
            SITE.kill(part);
            SITE.start(part);
        }
        awaitState(run, "READY");
        assertThat(RecordsVm.machineProcesses())
                .as("the copy runs on without its agent")
                .isEqualTo(running);
        original.awaitDone(original.done() + 10, PATIENCE);

        SITE.client().post(run + "/finish");
        awaitState(run, "SUCCEEDED");
        assertNothingIsLeft(machine);
        assertThat(machine.checkpoints())
                .as("the checkpoint that was booted")
                .filteredOn(point -> point.path("marks").toString().contains("VERIFIED"))
                .hasSize(1);
        long last = original.done();
        machine.awaitCheckpointAfter(Instant.now(), PATIENCE);
        return last;
    }

    private ProtectedMachine attach(GuestImage image) throws Exception {
        SiteClient site = SITE.client();
        records = RecordsVm.create(image, SITE.disks(), VM, 0, 64 << 20);
        String vm = records.attach(site, RecordsVm.hostThatRunsMachines(site))
                .path("id")
                .asText();
        ProtectedMachine machine = ProtectedMachine.ofInventory(
                site, vm, VM, List.of("root"), new Objectives(Duration.ofSeconds(1), Duration.ofHours(1)));
        plan = records.plan(site, machine.pgId());
        return machine;
    }

    private String order(String mode) {
        return RecordsVm.order(SITE.client(), plan, mode);
    }

    private static JsonNode awaitState(String run, String state) {
        return RecordsVm.awaitState(SITE.client(), run, state);
    }

    private void assertFoundAtLeast(long written, JsonNode ready) {
        assertThat(records.found(ready)).as("records in %s", ready).isGreaterThanOrEqualTo(written);
    }

    private void assertNothingIsLeft(ProtectedMachine machine) {
        assertThat(RecordsVm.machineProcesses()).as("machines").isEmpty();
        assertThat(RecordsVm.networks())
                .as("networks, besides those that were there before")
                .isSubsetOf(before);
        assertThat(SITE.client().get(machine.journalPath() + "/sessions").path("items"))
                .as("sessions")
                .isEmpty();
    }
}
