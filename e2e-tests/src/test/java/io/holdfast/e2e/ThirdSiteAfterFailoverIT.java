package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.ProtectedMachine.Objectives;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.e2e.story.LinkedAgent;
import io.holdfast.e2e.story.RecordsVm;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.client.NbdClient;
import io.holdfast.testkit.Eventually;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * The page docs/extended-replication.md, "When the second site fails over", with real sites: the first is lost, the second runs its machine, the third goes on with
 * that machine under the same ids, and with the second site's journal again when the machine is back where it was. Each time only what differs is sent. At last the third
 * fails over, and is lost: the second goes on.
 */
@DisplayName("A third site whose second site fails over")
class ThirdSiteAfterFailoverIT {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final int DISK_BYTES = 32 << 20;
    private static final int REGION_BYTES = 64 << 10;
    private static final Objectives OBJECTIVES = new Objectives(Duration.ofSeconds(1), Duration.ofHours(1));

    @RegisterExtension
    static final TestSite SITE = new TestSite();

    @TempDir
    Path folder;

    private final byte[] contents = new byte[DISK_BYTES];

    /** However the story ended: others find the site as it was. */
    @AfterEach
    void startTheAgentAgain() {
        SITE.restart("replication-agent");
    }

    @Test
    void goes_on_with_the_machine_that_runs_and_keeps_its_history() throws Exception {
        new Random(5).nextBytes(contents);
        Path disk = Files.write(SITE.disks().resolve("orphan.raw"), contents);
        try (ThirdSite third = ThirdSite.fedBy(SITE, folder.resolve("third"))) {
            ProtectedMachine second =
                    ProtectedMachine.attach(SITE.client(), "orphan", Map.of("root", disk), OBJECTIVES);
            second.start();
            second.awaitLifecycle("PROTECTED", PATIENCE);
            ProtectedMachine copy = ProtectedMachine.ofInventory(
                    third.client(), second.vmId(), "orphan-copy", List.of("root"), OBJECTIVES);
            copy.start();
            String before = awaitEqual(third, copy, contents);
            byte[] atFailover = contents.clone();

            SITE.kill("replication-agent");
            String run = failOver(second);
            assertLetGo(third, copy);
            goOnWithTheRunningMachine(third, copy, run);
            assertEqual(third, copy, before, atFailover);

            SITE.start("replication-agent");
            returnHome(third, copy, second, run, atFailover);
            assertEqual(third, copy, before, atFailover);

            failOverAtTheThird(third, copy);
            awaitRelayWaits(copy, "PAUSED");
            second.awaitCheckpointAfter(Instant.now().plusSeconds(1), PATIENCE);

            third.site().close();
            second.awaitCheckpointAfter(Instant.now().plusSeconds(1), PATIENCE);
        }
    }

    /** The second site takes the VM and keeps it, as disks. */
    private static String failOver(ProtectedMachine second) {
        SiteClient site = SITE.client();
        ObjectNode plan = SiteClient.object().put("name", "keep " + second.pgId());
        plan.putArray("groups").addObject().put("name", "all").putArray("pgIds").add(second.pgId());
        String planPath =
                "/api/v1/plans/" + site.post("/api/v1/plans", plan).path("id").asText();
        String run = RecordsVm.order(site, planPath, "UNPLANNED");
        RecordsVm.awaitState(site, run, "READY");
        site.post(run + "/commit");
        RecordsVm.awaitState(site, run, "SUCCEEDED");
        second.awaitLifecycle("FAILED_OVER", PATIENCE);
        return run;
    }

    private static void assertLetGo(ThirdSite third, ProtectedMachine copy) {
        third.client().await("the VM is offered no more", PATIENCE, "/api/v1/vms/" + copy.vmId(), vm -> vm.path("state")
                .asText()
                .equals("MISSING"));
        awaitRelayWaits(copy, "FAILED_OVER");
    }

    /** What an operator does at the third site: the VM is attached there where it runs now, under its ids. */
    private void goOnWithTheRunningMachine(ThirdSite third, ProtectedMachine copy, String run) throws Exception {
        JsonNode export =
                SITE.client().get(run).path("sessions").path(0).path("exports").path(0);
        InetSocketAddress nbd =
                ProtectedMachine.address(export.path("nbdAddress").asText());
        try (IdleQemu machine = IdleQemu.start(nbd, export.path("nbdExport").asText(), folder);
                LinkedAgent host = new LinkedAgent(
                        third.site(),
                        third.client(),
                        folder.resolve("b-to-c"),
                        Map.of("holdfast.agent.qemu-socket-roots", "/tmp"))) {
            write(machine, 3);
            write(machine, 200);
            host.start();
            third.client().delete("/api/v1/vms/" + copy.vmId());
            tap(third.client(), host.host(), copy, machine);
            copy.awaitLifecycle("PROTECTED", PATIENCE);
            write(machine, 201);
            awaitEqual(third, copy, contents);
            Eventually.until("found equal, and not sent again", PATIENCE, () -> assertThat(
                            host.metric("holdfast_sync_equal_bytes", copy.pgId()))
                    .isGreaterThanOrEqualTo(DISK_BYTES - 8 * REGION_BYTES));

            third.client().delete("/api/v1/vms/" + copy.vmId());
            // The second site's relay may offer other VMs, which stay.
            third.client()
                    .await("the VM is detached from the agent", PATIENCE, "/api/v1/vms?limit=500", page -> page.path(
                                    "items")
                            .valueStream()
                            .noneMatch(vm -> vm.path("id").asText().equals(copy.vmId())));
        }
    }

    private void write(IdleQemu machine, int region) {
        int offset = region * REGION_BYTES;
        machine.write(offset, REGION_BYTES, region);
        Arrays.fill(contents, offset, offset + REGION_BYTES, (byte) region);
    }

    private static void tap(SiteClient site, String host, ProtectedMachine copy, IdleQemu machine) {
        ObjectNode request =
                SiteClient.object().put("id", copy.vmId()).put("hostId", host).put("name", "orphan");
        request.putObject("capture")
                .put("mode", "TAP")
                .put("qmpSocket", machine.monitor().toString());
        request.putArray("volumes")
                .addObject()
                .put("id", copy.disks().getFirst().volumeId())
                .put("name", "root")
                .put("backing", "/recovered/orphan")
                .put("qemuNode", IdleQemu.NODE);
        site.post("/api/v1/vms", request);
        site.await("the running machine is captured", PATIENCE, "/api/v1/vms/" + copy.vmId(), vm -> {
            assertThat(vm.path("state").asText()).as("%s", vm).isNotEqualTo("REJECTED");
            return vm.path("state").asText().equals("ATTACHED");
        });
    }

    /** The disks where the VM was lost are the truth again; the second site's relay offers it anew. */
    private void returnHome(ThirdSite third, ProtectedMachine copy, ProtectedMachine second, String run, byte[] atHome)
            throws Exception {
        SITE.client().post(run + "/release");
        RecordsVm.awaitState(SITE.client(), run, "RELEASED");
        SITE.client()
                .post(
                        second.groupPath() + "/failover/return",
                        SiteClient.object().put("discardRecovered", true));
        second.awaitLifecycle("PROTECTED", PATIENCE);
        byte[] now = writeAtHome(second, atHome);
        copy.awaitLifecycle("PROTECTED", PATIENCE);
        awaitEqual(third, copy, now);
        assertThat(relayed(copy).path("sentBytes").asLong())
                .as("bytes that the relay sent to bring the copy back")
                .isPositive()
                .isLessThan(16 * REGION_BYTES);
    }

    /** What the disk at home holds then. */
    private static byte[] writeAtHome(ProtectedMachine second, byte[] atHome) throws Exception {
        byte[] region = new byte[REGION_BYTES];
        Arrays.fill(region, (byte) 99);
        ProtectedMachine.Disk disk = second.disks().getFirst();
        try (BlockDevice guest = NbdClient.open(disk.address(), disk.export())) {
            guest.write(100 * REGION_BYTES, ByteBuffer.wrap(region), false);
        }
        byte[] now = atHome.clone();
        System.arraycopy(region, 0, now, 100 * REGION_BYTES, REGION_BYTES);
        return now;
    }

    private static void failOverAtTheThird(ThirdSite third, ProtectedMachine copy) {
        ObjectNode run = SiteClient.object().put("runId", UUID.randomUUID().toString());
        third.client().post(copy.groupPath() + "/failover", run);
        third.client().post(copy.groupPath() + "/failover/commit", run);
        copy.awaitLifecycle("FAILED_OVER", PATIENCE);
    }

    /** The relay's word is up to a second old. */
    private static void awaitRelayWaits(ProtectedMachine copy, String reason) {
        SITE.client().await("the relay waits: " + reason, PATIENCE, "/api/v1/relays", relays -> group(relays, copy)
                .path("waitsFor")
                .asText()
                .equals(reason));
    }

    private static JsonNode relayed(ProtectedMachine copy) {
        return group(SITE.client().get("/api/v1/relays"), copy);
    }

    private static JsonNode group(JsonNode relays, ProtectedMachine copy) {
        return relays.path(0)
                .path("groups")
                .valueStream()
                .filter(group -> group.path("pgId").asText().equals(copy.pgId()))
                .findFirst()
                .orElse(MissingNode.getInstance());
    }

    /** Waits for a checkpoint from now on, which has these bytes. Gives its id. */
    private static String awaitEqual(ThirdSite third, ProtectedMachine copy, byte[] expected) throws Exception {
        String checkpoint =
                copy.awaitCheckpointAfter(Instant.now(), PATIENCE).path("id").asText();
        assertEqual(third, copy, checkpoint, expected);
        return checkpoint;
    }

    private static void assertEqual(ThirdSite third, ProtectedMachine copy, String checkpoint, byte[] expected)
            throws Exception {
        String export = copy.pgId() + "/" + copy.disks().getFirst().volumeId() + "@" + checkpoint;
        ByteBuffer found = ByteBuffer.allocate(DISK_BYTES);
        try (BlockDevice point = NbdClient.open(third.journalNbd(), export)) {
            for (int offset = 0; offset < DISK_BYTES; offset += 1 << 20) {
                point.read(offset, found.slice(offset, 1 << 20));
            }
        }
        assertThat(Arrays.mismatch(found.array(), expected))
                .as("first byte of checkpoint %s that differs", checkpoint)
                .isEqualTo(-1);
    }
}
