package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.ProtectedMachine.Disk;
import io.holdfast.e2e.client.ProtectedMachine.Objectives;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.e2e.story.MachineTraces;
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
    private static final String ELSEWHERE = "10.88.0.5/24";

    @RegisterExtension
    static final TestSite SITE = new TestSite();

    @TempDir
    Path folder;

    private RecordsVm records;
    private String plan;
    private final MachineTraces before = MachineTraces.of(SITE.site());

    @AfterEach
    void no_machine_outlives_the_test() {
        traces().remove();
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

        plan = elsewhere(plan);
        String doubted = order("UNPLANNED");
        assertFoundAtLeast(written, awaitState(doubted, "READY"));
        assertThat(evidence(doubted, "1.after-ready-hook.1.1")).contains("inet " + ELSEWHERE);
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
        assertThat(traces().processes()).as("the recovered machine goes on").hasSize(1);
        JsonNode report = SITE.client().get(kept + "/report");
        assertThat(report.path("verdict").asText()).isEqualTo("RECOVERED");
        assertThat(report.path("rto").isTextual()).as("the measured RTO").isTrue();
        assertDisplayIsShown(kept, report);
        assertSourceIsFenced(kept);

        SITE.client().post(kept + "/release");
        JsonNode released = awaitState(kept, "RELEASED");
        assertThat(released.path("sessions")).as(released.toString()).isEmpty();
        traces().requireNone();
        assertThat(machine.group().path("lifecycle").asText()).isEqualTo("FAILED_OVER");
    }

    /** Of a real guest, in the report and on its page. */
    private static void assertDisplayIsShown(String run, JsonNode report) {
        JsonNode screen = report.at("/groups/0/members/0/machines/0/screen");
        assertThat(screen.path("moment").asText()).as(report.toPrettyString()).isEqualTo("READY");
        assertThat(SITE.client().getText(run + "/report.html").body())
                .contains(
                        "data:image/png;base64,iVBORw0KGgo",
                        screen.path("sha256").asText());
    }

    /** The same plan, but that the machine is given another address, is probed there, and its guest is asked for it. */
    private String elsewhere(String known) {
        ObjectNode group = SITE.client().get(known).at("/groups/0").deepCopy();
        group.at("/readiness/probes").forEach(probe -> {
            if (probe.path("type").asText().equals("HTTP")) {
                ((ObjectNode) probe).remove("address");
            }
        });
        ObjectNode card = ((ObjectNode) group.path("machines"))
                .putArray("cards")
                .addObject()
                .put("vmId", records.id())
                .put("nic", "eth0");
        card.putObject("live").put("mac", "NEW").putArray("addresses").add(ELSEWHERE);
        ObjectNode hook = group.putObject("hooks")
                .putArray("machines")
                .addObject()
                .put("vmId", records.id())
                .putArray("afterReady")
                .addObject()
                .put("name", "where");
        hook.putObject("guest")
                .put("path", "/bin/ip")
                .putArray("arguments")
                .add("addr")
                .add("show")
                .add("dev")
                .add("eth0");
        ObjectNode other = SiteClient.object().put("name", "recover elsewhere");
        other.putArray("groups").add(group);
        return "/api/v1/plans/"
                + SITE.client().post("/api/v1/plans", other).path("id").asText();
    }

    private static String evidence(String run, String step) {
        return SITE.client()
                .get(run + "/report")
                .path("steps")
                .valueStream()
                .filter(each -> each.path("id").asText().equals(step))
                .findFirst()
                .orElseThrow()
                .path("evidence")
                .asText();
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

        Set<Long> running = traces().processes();
        for (String part : List.of("replication-agent", "recovery-plan")) {
            SITE.kill(part);
            SITE.start(part);
        }
        awaitState(run, "READY");
        assertThat(traces().processes())
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

    /** What this test's machines have on the host now. Another build's are none of its business. */
    private MachineTraces traces() {
        return MachineTraces.of(SITE.site()).without(before);
    }

    private void assertNothingIsLeft(ProtectedMachine machine) {
        traces().requireNone();
        assertThat(SITE.client().get(machine.journalPath() + "/sessions").path("items"))
                .as("sessions")
                .isEmpty();
    }
}
