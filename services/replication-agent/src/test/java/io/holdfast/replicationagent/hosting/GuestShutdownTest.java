package io.holdfast.replicationagent.hosting;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.client.NbdClient;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.proto.v1.AttachVm;
import io.holdfast.proto.v1.AttachVolume;
import io.holdfast.proto.v1.CaptureMode;
import io.holdfast.proto.v1.CommandResult;
import io.holdfast.proto.v1.FenceState;
import io.holdfast.proto.v1.Ownership;
import io.holdfast.proto.v1.Ownerships;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.proto.v1.ShutDownVm;
import io.holdfast.proto.v1.VmOwnership;
import io.holdfast.replicationagent.fixture.AgentFixture;
import io.holdfast.replicationagent.fixture.Wait;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.guest.Ext4;
import io.holdfast.testkit.guest.GuestDisk;
import io.holdfast.testkit.guest.GuestImage;
import io.holdfast.testkit.guest.GuestParts;
import io.holdfast.testkit.guest.GuestSpec;
import io.holdfast.testkit.guest.RunningGuest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Orders to shut machines down: real guests under emulation with QEMU's own guest agent, and clients that are none. */
class GuestShutdownTest {
    private static final int DISK_BYTES = 16 << 20;
    private static final Path EVIDENCE = Path.of("target", "guests");
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static GuestImage image;

    @TempDir
    Path folder;

    private final VolumeId root = VolumeId.random();
    private AgentFixture fixture;
    private Path disk;
    private RunningGuest guest;

    @BeforeAll
    static void build() {
        image = GuestImage.build(GuestParts.find(), EVIDENCE, Map.of());
    }

    @BeforeEach
    void anAgent() throws IOException {
        fixture = new AgentFixture(folder, DISK_BYTES);
        fixture.allowSockets(fixture.sockets());
        disk = fixture.disk("root.raw");
        Ext4.create(disk, DISK_BYTES, Optional.empty());
        fixture.connected();
    }

    @AfterEach
    void end() {
        fixture.closeAgent();
        if (guest != null) {
            guest.close();
        }
        fixture.close();
    }

    private GuestSpec records(GuestDisk from) {
        return GuestSpec.running(image, "records")
                .with(from)
                .withSocketsIn(fixture.sockets().resolve("guest"));
    }

    private Path socket(String name) {
        return fixture.sockets().resolve("guest").resolve(name);
    }

    private AttachVm.Builder attachment(boolean guestAgent) {
        return AttachVm.newBuilder()
                .setVmId(fixture.vm.toString())
                .setName("db")
                .setGuestAgentSocket(guestAgent ? socket("qga").toString() : "");
    }

    private AttachVm inline(boolean guestAgent) {
        return attachment(guestAgent)
                .addVolumes(AgentFixture.volume(root, "root", disk))
                .build();
    }

    private AttachVm tapped(boolean guestAgent) {
        return attachment(guestAgent)
                .setCapture(CaptureMode.TAP)
                .setQmpSocket(socket("qmp").toString())
                .addVolumes(AttachVolume.newBuilder()
                        .setVolumeId(root.toString())
                        .setName("root")
                        .setQemuNode("drive0"))
                .build();
    }

    private void protect(AttachVm attachment) {
        CommandResult result = fixture.attach(attachment);
        assertThat(result.getOk()).as(result.getMessage()).isTrue();
        fixture.assign(false, root);
    }

    private void start(GuestDisk from) {
        guest = records(from).start(EVIDENCE);
        guest.awaitDone(3, PATIENCE);
    }

    private GuestDisk export() {
        return new GuestDisk.NbdTcp("drive0", fixture.agent.nbdAddress(), "db/root");
    }

    private String order(VmId vm, Duration grace) {
        String id = UUID.randomUUID().toString();
        send(id, vm, grace);
        return id;
    }

    private void send(String id, VmId vm, Duration grace) {
        fixture.router.send(RouterFrame.newBuilder()
                .setCommand(AgentCommand.newBuilder()
                        .setCommandId(id)
                        .setAgentId(fixture.agentId.toString())
                        .setShutDownVm(ShutDownVm.newBuilder()
                                .setVmId(vm.toString())
                                .setGraceMs(Math.toIntExact(grace.toMillis()))))
                .build());
    }

    private CommandResult shutDown(Duration grace) {
        return fixture.resultOf(order(fixture.vm, grace));
    }

    private void take() {
        fixture.router.own(Ownerships.newBuilder()
                .addVms(VmOwnership.newBuilder()
                        .setVmId(fixture.vm.toString())
                        .setOwnership(Ownership.newBuilder().setEpoch(1).setRecovered(true)))
                .build());
        Wait.until(
                "fenced",
                () -> !fixture.router.ownerships.isEmpty()
                        && fixture.router.ownerships.getLast().getVmsList().stream()
                                .anyMatch(vm -> vm.getState() == FenceState.FENCED),
                () -> fixture.router.ownerships + fixture.evidence());
    }

    private Path checkpointBehindTheFence() throws IOException {
        CheckpointId checkpoint = fixture.cut();
        Wait.until("checkpoint", () -> fixture.replica().checkpoint(checkpoint) != null, fixture::evidence);
        return Files.write(
                folder.resolve("recovered.raw"),
                fixture.replica().checkpoint(checkpoint).get(root));
    }

    private List<String> recordsOf(Path recovered) throws IOException {
        Ext4.extract(recovered, "/records", folder);
        return Files.readAllLines(folder.resolve("records"));
    }

    /** What a recovered machine would find: a file system that was left cleanly, with every record that was told. */
    private void assertCheckpointBehindTheFenceIsWhole() throws IOException {
        take();
        fixture.awaitInSync(root);
        Path recovered = checkpointBehindTheFence();
        assertThat(Ext4.judge(recovered).isClean())
                .as(Ext4.judge(recovered).findings())
                .isTrue();
        List<String> lines = recordsOf(recovered);
        assertThat(lines).hasSizeGreaterThanOrEqualTo((int) guest.done()).last().isEqualTo(lines.size() + " end");
    }

    /** The agent is restarted in the middle, so the order comes again, under another id. */
    @Test
    void anInlineGuestIsShutDownByItsAgentAndItsLastRecordIsInTheCheckpointBehindTheFence() throws Exception {
        protect(inline(true));
        start(export());
        order(fixture.vm, PATIENCE);
        guest.awaitLine(Pattern.compile("HF shutdown -h -P \\+0"), PATIENCE);
        fixture.nbdPort = fixture.agent.nbdAddress().getPort();
        fixture.crash();
        fixture.connected();

        CommandResult result = shutDown(PATIENCE);

        assertThat(result.getOk()).as(result.getMessage() + guest.evidence()).isTrue();
        assertThat(guest.isRunning()).isFalse();
        assertCheckpointBehindTheFenceIsWhole();
    }

    @Test
    void theSameOrderAgainJoinsTheOneUnderWayAndOtherCommandsAreNotKeptWaiting() throws Exception {
        protect(inline(true));
        String id;
        try (NbdClient client = NbdClient.open(fixture.agent.nbdAddress(), "db/root")) {
            id = order(fixture.vm, PATIENCE);
            send(id, fixture.vm, PATIENCE);
            assertThat(fixture.attach(fixture.vm, "other", List.of()).getErrorCode())
                    .isEqualTo("ALREADY_ATTACHED");
            client.flush();
            assertThat(fixture.router.results.stream().map(CommandResult::getCommandId))
                    .doesNotContain(id);
        }
        assertThat(fixture.resultOf(id).getOk()).as("the client is gone").isTrue();
        Wait.until(
                "both are answered",
                () -> fixture.router.results.stream()
                                .filter(one -> one.getCommandId().equals(id))
                                .count()
                        == 2,
                () -> fixture.router.results);
    }

    @Test
    void aTappedGuestIsShutDownByItsAgentAndItsQemuStaysUntilAllIsSent() throws Exception {
        start(new GuestDisk.ImageFile("drive0", disk, "raw"));
        protect(tapped(true));
        fixture.awaitInSync(root);

        CommandResult result = shutDown(PATIENCE);

        assertThat(result.getOk()).as(result.getMessage() + guest.evidence()).isTrue();
        assertThat(guest.isRunning()).as("QEMU").isTrue();
        assertCheckpointBehindTheFenceIsWhole();
        assertThat(fixture.agent.live().states().get(fixture.vm).interruptions())
                .isZero();
    }

    @Test
    void aTappedGuestThatDoesNotHearTheButtonGoesOnUntilItIsFencedWithAllThatItWrote() throws Exception {
        start(new GuestDisk.ImageFile("drive0", disk, "raw"));
        protect(tapped(false));

        assertThat(shutDown(Duration.ofSeconds(2)).getErrorCode()).isEqualTo("SHUTDOWN_TIMED_OUT");

        guest.awaitDone(guest.done() + 3, PATIENCE);
        take();
        fixture.awaitInSync(root);
        long done = guest.done();
        Path recovered = checkpointBehindTheFence();
        Ext4.recover(recovered);
        assertThat(recordsOf(recovered)).hasSizeGreaterThanOrEqualTo((int) done);
        assertThat(guest.done()).as("it stands still").isEqualTo(done);
        guest.kill();
        assertThat(shutDown(PATIENCE).getOk()).as("its QEMU is not there").isTrue();
    }

    @Test
    void anInlineGuestThatNobodyCanAskIsToldToRunWhileAClientIsConnected() throws Exception {
        protect(inline(false));
        try (NbdClient client = NbdClient.open(fixture.agent.nbdAddress(), "db/root")) {
            assertThat(shutDown(PATIENCE).getErrorCode()).isEqualTo("GUEST_STILL_RUNS");
            client.flush();
        }
        Eventually.await("the agent has seen that the client is gone", PATIENCE, () -> shutDown(PATIENCE)
                .getOk());
    }

    @Test
    void ordersThatMakeNoSenseAreRefused() {
        assertThat(fixture.resultOf(order(VmId.random(), PATIENCE)).getErrorCode())
                .isEqualTo("VM_UNKNOWN");
        protect(inline(false));
        assertThat(shutDown(Duration.ofMillis(999)).getErrorCode()).isEqualTo("COMMAND_MALFORMED");
        assertThat(shutDown(Duration.ofMillis(600_001)).getErrorCode()).isEqualTo("COMMAND_MALFORMED");
    }
}
