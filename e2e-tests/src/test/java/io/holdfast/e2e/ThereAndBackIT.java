package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.ProtectedMachine.Disk;
import io.holdfast.e2e.client.ProtectedMachine.Objectives;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.e2e.tools.Command;
import io.holdfast.localsite.LocalSite;
import io.holdfast.localsite.SiteOptions;
import io.holdfast.localsite.identity.Role;
import io.holdfast.localsite.part.RestartPolicy;
import io.holdfast.localsite.plan.Port;
import io.holdfast.nbd.client.NbdClient;
import io.holdfast.testkit.Eventually;
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
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * The story of two sites. A VM of site A is protected at site B. A is lost; B recovers the VM and keeps it. A comes back: its host does not serve the VM, which
 * it does not own any more. The VM is protected in the other direction onto A's old disk, goes home by a planned failover that loses nothing, and is protected
 * at B again. Each time only what differs is sent.
 */
@DisplayName("A VM that is lost at one site")
class ThereAndBackIT {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final int SITE_A_BASE_PORT = 28_400;
    private static final String VM = "traveller";
    private static final long DISK_BYTES = 64 << 20;
    private static final Objectives OBJECTIVES = new Objectives(Duration.ofSeconds(1), Duration.ofHours(1));
    private static final String COUNT = "http://" + RecordsVm.ADDRESS + "/count";

    /** Site B. */
    @RegisterExtension
    static final TestSite SITE = new TestSite();

    @TempDir
    Path folder;

    private final Set<String> networksBefore = RecordsVm.networks();

    @AfterEach
    void nothing_outlives_the_test() {
        RecordsVm.machineProcesses()
                .forEach(process -> ProcessHandle.of(process).ifPresent(ProcessHandle::destroyForcibly));
        // Site A is gone, and nobody will stop its machine in order.
        RecordsVm.networks().stream()
                .filter(name -> !networksBefore.contains(name))
                .forEach(name -> Command.run(PATIENCE, "ip", "netns", "delete", name));
    }

    @Test
    void runs_at_the_other_goes_home_without_losing_a_record_and_is_protected_again() throws Exception {
        SiteClient b = SITE.client();
        GuestImage image = GuestImage.build(GuestParts.find(), folder, Map.of());
        RecordsVm records = RecordsVm.create(image, SITE.disks(), VM, DISK_BYTES);
        try (LinkedAgent hostOfA = new LinkedAgent(SITE.site(), b, folder.resolve("a-to-b"), capturing())) {
            hostOfA.start();
            String vm = records.attach(b, hostOfA.host()).path("id").asText();
            ProtectedMachine atB = ProtectedMachine.ofInventory(b, vm, VM, List.of("root"), OBJECTIVES);
            atB.start();
            atB.awaitLifecycle("PROTECTED", PATIENCE);
            long written = workUntilSiteAIsLost(image, atB, hostOfA);

            String planAtB = records.plan(b, atB.pgId());
            String away = RecordsVm.order(b, planAtB, "UNPLANNED");
            JsonNode ready = RecordsVm.awaitState(b, away, "READY");
            assertThat(RecordsVm.found(ready)).isGreaterThanOrEqualTo(written);
            b.post(away + "/commit");
            RecordsVm.awaitState(b, away, "SUCCEEDED");

            hostOfA.start();
            assertFenced(hostOfA, atB);

            try (LocalSite siteA = startSiteA()) {
                SiteClient a = new SiteClient(siteA.address(), siteA.token("e2e", Role.ADMIN, Duration.ofHours(1)));
                goHomeAndBeProtectedAgain(records, siteA, a, atB, away, hostOfA);
            }
        }
    }

    /** @return a record that was on stable storage before the newest checkpoint */
    private long workUntilSiteAIsLost(GuestImage image, ProtectedMachine atB, LinkedAgent hostOfA) throws Exception {
        Disk disk = atB.disks().getFirst();
        try (RunningGuest original = GuestSpec.running(image, "records")
                .with(new GuestDisk.NbdTcp("disk0", disk.address(), disk.export()))
                .start(folder.resolve("evidence"))) {
            original.awaitDone(30, PATIENCE);
            long written = original.done();
            atB.awaitCheckpointAfter(Instant.now(), PATIENCE);
            original.awaitDone(written + 10, PATIENCE);
            original.kill();
            hostOfA.kill();
            return written;
        }
    }

    private void assertFenced(LinkedAgent host, ProtectedMachine atB) {
        SITE.client()
                .await("the old host is fenced", PATIENCE, atB.groupPath() + "/failover", owned -> owned.path("vms")
                        .path(0)
                        .path("recovered")
                        .asBoolean());
        Disk disk = atB.disks().getFirst();
        assertThatThrownBy(() -> NbdClient.open(disk.address(), disk.export()).close())
                .as("a VM that it does not own is not served")
                .isNotNull();
    }

    private void goHomeAndBeProtectedAgain(
            RecordsVm records, LocalSite siteA, SiteClient a, ProtectedMachine atB, String away, LinkedAgent hostOfA)
            throws Exception {
        SiteClient b = SITE.client();
        String volume = atB.disks().getFirst().volumeId();
        JsonNode machineAtB = machineOf(b, away);
        try (LinkedAgent hostOfB = new LinkedAgent(siteA, a, folder.resolve("b-to-a"), capturing())) {
            hostOfB.start();
            records.capture(a, hostOfB.host(), machineAtB);
            ProtectedMachine atA =
                    ProtectedMachine.ofInventory(a, atB.vmId(), VM + "-home", List.of("root"), OBJECTIVES);
            a.post(atA.groupPath() + "/start?paused=true");
            seed(siteA, a, atA, volume, records.disk());
            a.post(atA.groupPath() + "/resume");
            atA.awaitLifecycle("PROTECTED", PATIENCE);
            // Metrics are as of up to a second ago.
            Eventually.await(
                    "most of the old disk was found equal, and not sent again",
                    PATIENCE,
                    () -> hostOfB.metric("holdfast_sync_equal_bytes", atA.pgId()) > DISK_BYTES / 2);

            String planAtA = records.plan(a, atA.pgId());
            String network = joinNetwork();
            long before = recordsServed(network);
            Eventually.await("the VM writes more at B", PATIENCE, () -> recordsServed(network) > before + 10);
            atA.awaitCheckpointAfter(Instant.now(), PATIENCE);
            String home = RecordsVm.order(a, planAtA, "PLANNED");
            JsonNode ready = RecordsVm.awaitState(a, home, "READY");
            Path left = copyOfDisk(b.get(away));
            assertThat(RecordsVm.found(ready))
                    .as("every record that was written at B, up to its shut-down")
                    .isEqualTo(recordsOn(left))
                    .isGreaterThan(before + 10);
            assertThat(ready.path("groups")
                            .path(0)
                            .path("loss")
                            .path("nothingUnsent")
                            .asBoolean())
                    .as("nothing is lost: %s", ready)
                    .isTrue();
            assertSameBytes(siteA, atA, volume, left);
            a.post(home + "/commit");
            RecordsVm.awaitState(a, home, "SUCCEEDED");

            b.post(away + "/release");
            RecordsVm.awaitState(b, away, "RELEASED");
            b.delete("/api/v1/vms/" + atB.vmId());
            awaitGone(b, atB.vmId());
            b.post(atB.groupPath() + "/failover/return", SiteClient.object());
            records.capture(b, hostOfA.host(), machineOf(a, home));
            atB.awaitLifecycle("PROTECTED", PATIENCE);
            atB.awaitCheckpointAfter(Instant.now(), PATIENCE);
        }
    }

    /** The recovered machine of a run, once its agent has said how it can be captured. */
    private static JsonNode machineOf(SiteClient site, String run) {
        JsonNode shown =
                RecordsVm.awaitRun(site, run, "tells how its machine can be captured", answer -> answer.path("groups")
                        .path(0)
                        .path("machines")
                        .path(0)
                        .path("capture")
                        .isObject());
        return shown.path("groups").path(0).path("machines").path(0);
    }

    private static void awaitGone(SiteClient site, String vm) {
        Instant deadline = Instant.now().plus(PATIENCE);
        while (site.all("/api/v1/vms").stream()
                .anyMatch(one -> one.path("id").asText().equals(vm))) {
            assertThat(Instant.now()).as("the VM is detached").isBefore(deadline);
        }
    }

    /** The disk that the VM had at A before it was lost: what it has in common with the one at B need not be sent. */
    private static void seed(LocalSite siteA, SiteClient a, ProtectedMachine atA, String volume, Path disk)
            throws Exception {
        Files.copy(disk, siteA.directory().seeds().resolve("old-root.raw"));
        a.await("the journal", PATIENCE, atA.journalPath(), _ -> true);
        String location = a.post(
                        atA.journalPath() + "/volumes/" + volume + "/seeds",
                        SiteClient.object().put("format", "raw").put("file", "old-root.raw"))
                .path("location")
                .asText();
        JsonNode ended = a.await("the seed's end", PATIENCE, location, task -> !task.path("state")
                .asText()
                .equals("RUNNING"));
        assertThat(ended.path("state").asText()).as("%s", ended).isEqualTo("DONE");
    }

    /** Joins the network of the machine at B, the only one that runs, as a client of its service. */
    private String joinNetwork() {
        String network = RecordsVm.networks().stream()
                .filter(name -> !networksBefore.contains(name))
                .findFirst()
                .orElseThrow();
        String bridge = Command.run(PATIENCE, "ip", "-n", network, "-br", "link", "show", "type", "bridge")
                .split(" ")[0];
        Command.run(PATIENCE, "ip", "-n", network, "addr", "add", "10.77.0.99/24", "dev", bridge);
        return network;
    }

    private static long recordsServed(String network) {
        return Long.parseLong(Command.run(PATIENCE, "ip", "netns", "exec", network, "curl", "-s", "-m", "10", COUNT)
                .strip());
    }

    /** Of the disk that the committed run serves, and that nobody writes any more. */
    private Path copyOfDisk(JsonNode run) {
        JsonNode export = run.path("sessions").path(0).path("exports").path(0);
        Path copy = folder.resolve("left.raw");
        Command.run(
                PATIENCE,
                "nbdcopy",
                "nbd://%s/%s"
                        .formatted(
                                export.path("nbdAddress").asText(),
                                export.path("nbdExport").asText()),
                copy.toString());
        return copy;
    }

    private static long recordsOn(Path disk) {
        String last = Command.run(PATIENCE, "debugfs", "-R", "cat /records", disk.toString())
                .lines()
                .filter(line -> line.endsWith(" end"))
                .reduce((_, later) -> later)
                .orElseThrow();
        return Long.parseLong(last.substring(0, last.indexOf(' ')));
    }

    /** The disk that was left at B, and the one that the planned failover began with at A. */
    private static void assertSameBytes(LocalSite siteA, ProtectedMachine atA, String volume, Path left) {
        String checkpoint = atA.checkpoints().stream()
                .filter(one -> one.path("kind").asText().equals("USER"))
                .findFirst()
                .orElseThrow()
                .path("id")
                .asText();
        String there =
                "nbd://127.0.0.1:%d/%s/%s@%s".formatted(siteA.port(Port.JOURNAL_NBD), atA.pgId(), volume, checkpoint);
        assertThat(Command.run(PATIENCE, "qemu-img", "compare", "-f", "raw", "-F", "raw", left.toString(), there))
                .contains("identical");
    }

    private LocalSite startSiteA() throws Exception {
        return LocalSite.start(
                SiteOptions.in(folder.resolve("site-a"))
                        .basePort(SITE_A_BASE_PORT)
                        .distribution(Path.of("..", "services").toAbsolutePath().normalize())
                        .diskRoot(SITE.disks())
                        .restarts(RestartPolicy.NEVER)
                        .build(),
                line -> System.out.println("site A: " + line));
    }

    /** Machines' monitors of both sites' own agents lie in folders for sockets. */
    private static Map<String, String> capturing() {
        return Map.of(
                "holdfast.agent.disk-roots",
                SITE.disks().toString(),
                "holdfast.agent.qemu-socket-roots",
                "/run/holdfast,/tmp");
    }
}
