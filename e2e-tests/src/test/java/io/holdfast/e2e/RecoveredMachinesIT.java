package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.ProtectedMachine.Disk;
import io.holdfast.e2e.client.ProtectedMachine.Objectives;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.e2e.tools.Command;
import io.holdfast.testkit.guest.Ext4;
import io.holdfast.testkit.guest.GuestDisk;
import io.holdfast.testkit.guest.GuestImage;
import io.holdfast.testkit.guest.GuestParts;
import io.holdfast.testkit.guest.GuestSpec;
import io.holdfast.testkit.guest.RunningGuest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
    private static final Pattern FOUND = Pattern.compile("HF records (\\d+) gap-free");
    private static final String VM = "records";
    /** The same in the original and in every copy: isolated networks may share addresses. */
    private static final String ADDRESS = "10.77.0.15";

    @RegisterExtension
    static final TestSite SITE = new TestSite();

    @TempDir
    Path folder;

    @AfterEach
    void no_machine_outlives_the_test() {
        machineProcesses().forEach(process -> ProcessHandle.of(process).ifPresent(ProcessHandle::destroyForcibly));
    }

    @Test
    void is_rehearsed_while_it_runs_then_lost_rolled_back_recovered_and_kept() throws Exception {
        GuestImage image = GuestImage.build(GuestParts.find(), folder, Map.of());
        ProtectedMachine machine = attach(image);
        machine.start();
        machine.awaitLifecycle("PROTECTED", PATIENCE);
        Disk disk = machine.disks().getFirst();
        String plan = plan(machine);
        long written;
        try (RunningGuest original = GuestSpec.running(image, "records")
                .with(new GuestDisk.NbdTcp("disk0", disk.address(), disk.export()))
                .start(folder.resolve("evidence"))) {
            original.awaitDone(30, PATIENCE);
            written = rehearse(machine, plan, original);
            original.kill();
        }
        machine.awaitCheckpointAfter(Instant.now(), PATIENCE);

        String doubted = order(plan, "UNPLANNED");
        assertFoundAtLeast(written, awaitState(doubted, "READY"));
        SITE.client().post(doubted + "/rollback");
        awaitState(doubted, "ROLLED_BACK");
        assertNothingIsLeft(machine);
        // The source owns its VM again, and compares.
        machine.awaitLifecycle("PROTECTED", PATIENCE);

        String kept = order(plan, "UNPLANNED");
        assertFoundAtLeast(written, awaitState(kept, "READY"));
        SITE.client().post(kept + "/commit");
        JsonNode over = awaitState(kept, "SUCCEEDED");
        assertThat(over.path("committed").asBoolean()).as(over.toString()).isTrue();
        assertThat(machineProcesses()).as("the recovered machine goes on").hasSize(1);
        JsonNode report = SITE.client().get(kept + "/report");
        assertThat(report.path("verdict").asText()).isEqualTo("RECOVERED");
        assertThat(report.path("rto").isTextual()).as("the measured RTO").isTrue();
        assertSourceIsFenced(kept);

        SITE.client().post(kept + "/release");
        JsonNode released = awaitState(kept, "RELEASED");
        assertThat(released.path("sessions")).as(released.toString()).isEmpty();
        assertThat(machineProcesses()).as("machines of a released run").isEmpty();
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
    private long rehearse(ProtectedMachine machine, String plan, RunningGuest original) throws Exception {
        long before = original.done();
        machine.awaitCheckpointAfter(Instant.now(), PATIENCE);
        String run = order(plan, "TEST");
        JsonNode ready = awaitState(run, "READY");
        assertFoundAtLeast(before, ready);
        assertThat(found(ready)).as("records of the copy").isLessThanOrEqualTo(original.done());
        original.awaitDone(original.done() + 10, PATIENCE);

        List<Long> running = machineProcesses();
        for (String part : List.of("replication-agent", "recovery-plan")) {
            SITE.kill(part);
            SITE.start(part);
        }
        awaitState(run, "READY");
        assertThat(machineProcesses()).as("the copy runs on without its agent").isEqualTo(running);
        original.awaitDone(original.done() + 10, PATIENCE);

        SITE.client().post(run + "/finish");
        awaitState(run, "SUCCEEDED");
        assertNothingIsLeft(machine);
        long last = original.done();
        machine.awaitCheckpointAfter(Instant.now(), PATIENCE);
        return last;
    }

    private ProtectedMachine attach(GuestImage image) throws Exception {
        Path home = Files.createDirectories(SITE.disks().resolve(VM));
        Path kernel = Files.copy(image.kernel(), home.resolve("vmlinuz"));
        Path initrd = Files.copy(image.initramfs(), home.resolve("initrd"));
        Path disk = home.resolve("root.raw");
        Ext4.create(disk, 64 << 20, Optional.empty());
        SiteClient site = SITE.client();
        ObjectNode request =
                SiteClient.object().put("hostId", hostThatRunsMachines()).put("name", VM);
        request.putArray("volumes").addObject().put("name", "root").put("backing", disk.toString());
        ObjectNode spec = request.putObject("machine").put("cpuCount", 1).put("memoryBytes", 256L << 20);
        spec.putArray("nics")
                .addObject()
                .put("name", "eth0")
                .put("mac", "52:54:00:77:00:15")
                .put("network", "office");
        spec.putObject("directBoot")
                .put("kernel", kernel.toString())
                .put("initrd", initrd.toString())
                .put(
                        "commandLine",
                        "console=ttyS0 quiet panic=-1 holdfast.run=records holdfast.agent=on holdfast.lifetime=900 holdfast.address="
                                + ADDRESS + "/24");
        String vm = site.post("/api/v1/vms", request).path("id").asText();
        site.await("the VM is attached", PATIENCE, "/api/v1/vms/" + vm, answer -> answer.path("state")
                .asText()
                .equals("ATTACHED"));
        return ProtectedMachine.ofInventory(
                site, vm, VM, List.of("root"), new Objectives(Duration.ofSeconds(1), Duration.ofHours(1)));
    }

    private static String hostThatRunsMachines() {
        return SITE.client()
                .await("a host runs machines", PATIENCE, "/api/v1/hosts", hosts -> host(hosts)
                        .isPresent())
                .path("items")
                .valueStream()
                .filter(RecoveredMachinesIT::runsMachines)
                .findFirst()
                .orElseThrow()
                .path("id")
                .asText();
    }

    private static Optional<JsonNode> host(JsonNode hosts) {
        return hosts.path("items")
                .valueStream()
                .filter(RecoveredMachinesIT::runsMachines)
                .findFirst();
    }

    private static boolean runsMachines(JsonNode host) {
        return host.path("agentConnected").asBoolean()
                && !host.path("hosting").path("adapters").isEmpty();
    }

    private static String plan(ProtectedMachine machine) {
        ObjectNode plan = SiteClient.object().put("name", "recover " + VM);
        ObjectNode group =
                plan.putArray("groups").addObject().put("name", "app").put("powerOn", true);
        group.putArray("pgIds").add(machine.pgId());
        ObjectNode networks = group.putObject("machines").putObject("networks");
        networks.putObject("test").putObject("office").put("isolated", "lan");
        networks.putObject("live").putObject("office").put("isolated", "lan");
        ObjectNode readiness =
                group.putObject("readiness").put("type", "MACHINES").put("timeout", "PT2M");
        readiness.putArray("probes").addObject().put("type", "CONSOLE").put("text", "HF records");
        readiness.withArray("probes").addObject().put("type", "GUEST_AGENT");
        readiness
                .withArray("probes")
                .addObject()
                .put("type", "HTTP")
                .put("address", ADDRESS)
                .put("port", 80)
                .put("path", "/count");
        return "/api/v1/plans/"
                + SITE.client().post("/api/v1/plans", plan).path("id").asText();
    }

    private static String order(String plan, String mode) {
        String location = SITE.client()
                .post(plan + "/runs", SiteClient.object().put("mode", mode))
                .path("location")
                .asText();
        return location.substring(location.indexOf("/api/"));
    }

    private static JsonNode awaitState(String run, String state) {
        return SITE.client().await("run is " + state, PATIENCE, run, answer -> {
            String now = answer.path("state").asText();
            if (now.equals("FAILED") || now.equals("HALTED")) {
                throw new AssertionError("the run is " + now + ": " + answer);
            }
            return now.equals(state);
        });
    }

    private static void assertFoundAtLeast(long records, JsonNode ready) {
        assertThat(found(ready)).as("records in %s", ready).isGreaterThanOrEqualTo(records);
    }

    private static long found(JsonNode run) {
        Matcher console = FOUND.matcher(run.toString());
        assertThat(console.find()).as("the copy found no gap: %s", run).isTrue();
        return Long.parseLong(console.group(1));
    }

    private static void assertNothingIsLeft(ProtectedMachine machine) {
        assertThat(machineProcesses()).as("machines").isEmpty();
        assertThat(Command.run(PATIENCE, "ip", "netns", "list")).as("networks").doesNotContain("hf-");
        assertThat(SITE.client().get(machine.journalPath() + "/sessions").path("items"))
                .as("sessions")
                .isEmpty();
    }

    /** QEMU processes of agents, by the name that they were given. */
    private static List<Long> machineProcesses() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains("process=hf-"))
                .map(ProcessHandle::pid)
                .sorted()
                .toList();
    }
}
