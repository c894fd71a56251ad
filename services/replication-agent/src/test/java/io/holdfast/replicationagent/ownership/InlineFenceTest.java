package io.holdfast.replicationagent.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.DataSize;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.ExportRefusedException;
import io.holdfast.nbd.client.NbdClient;
import io.holdfast.proto.v1.AgentFrame;
import io.holdfast.proto.v1.FenceState;
import io.holdfast.proto.v1.Hold;
import io.holdfast.proto.v1.Ownership;
import io.holdfast.proto.v1.Ownerships;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.proto.v1.UnsentRanges;
import io.holdfast.proto.v1.VmFence;
import io.holdfast.proto.v1.VmOwnership;
import io.holdfast.proto.v1.VolumeRange;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.fixture.AgentFixture;
import io.holdfast.replicationagent.fixture.TaggedWrites;
import io.holdfast.replicationagent.fixture.Wait;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A machine whose disks are exports, an agent, a router over the real protocol, and clients over the real NBD protocol. */
class InlineFenceTest {
    private static final String OWNER = "recovery site Bern";

    @TempDir
    Path folder;

    private final VolumeId root = VolumeId.random();
    private AgentFixture fixture;

    @BeforeEach
    void aProtectedDisk() throws Exception {
        fixture = new AgentFixture(folder);
        fixture.ringSize = DataSize.ofMiB(64);
        fixture.disk("root.raw");
        fixture.router.own(Ownerships.getDefaultInstance());
        fixture.connected();
        fixture.attach(
                fixture.vm,
                "web",
                List.of(AgentFixture.volume(root, "root", fixture.disks().resolve("root.raw"))));
        fixture.assign(false, root);
        fixture.awaitInSync(root);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private Ownerships owned(long epoch, boolean recovered) {
        return Ownerships.newBuilder()
                .addVms(VmOwnership.newBuilder()
                        .setVmId(fixture.vm.toString())
                        .setOwnership(Ownership.newBuilder()
                                .setEpoch(epoch)
                                .setRecovered(recovered)
                                .setOwner(recovered ? OWNER : "")
                                .setSinceMicros(1_000_000)))
                .build();
    }

    private void awaitReport(FenceState state, long epoch) {
        Wait.until(
                state + " of epoch " + epoch,
                () -> !fixture.router.ownerships.isEmpty()
                        && reported()
                                .filter(vm -> vm.getState() == state && vm.getEpoch() == epoch)
                                .isPresent(),
                () -> fixture.router.ownerships + fixture.evidence());
    }

    private Optional<VmFence> reported() {
        return fixture.router.ownerships.getLast().getVmsList().stream()
                .filter(vm -> vm.getVmId().equals(fixture.vm.toString()))
                .findFirst();
    }

    private NbdClient client() throws IOException {
        return NbdClient.open(fixture.agent.nbdAddress(), "web/root");
    }

    private void assertRefused() {
        assertThatThrownBy(this::client)
                .isInstanceOfSatisfying(ExportRefusedException.class, refused -> assertThat(refused.reason())
                        .isEqualTo(ExportRefusedException.Reason.SHUTDOWN))
                .hasMessageContaining(OWNER)
                .hasMessageContaining("1970-01-01T00:00:01Z");
    }

    private byte[] disk() throws IOException {
        return Files.readAllBytes(fixture.disks().resolve("root.raw"));
    }

    @Test
    void ofThirtyTwoWritesInFlightEachIsAnsweredAndInTheCheckpointBehindTheFenceOrRefused() throws Exception {
        CheckpointId checkpoint;
        TaggedWrites guest = new TaggedWrites(client(), 32);
        guest.awaitAcknowledged(500);

        fixture.router.own(owned(1, true));
        awaitReport(FenceState.FENCED, 1);
        byte[] atTheFence = disk();
        // A guest this fast may have overrun its ring.
        fixture.awaitInSync(root);
        checkpoint = fixture.cut();

        guest.awaitRefused();
        Wait.until("checkpoint", () -> fixture.replica().checkpoint(checkpoint) != null, fixture::evidence);
        // So does a checkpoint over several agents.
        fixture.router.send(RouterFrame.newBuilder()
                .setHold(Hold.newBuilder()
                        .setPgId(fixture.pg.toString())
                        .setCheckpointId(CheckpointId.random().toString())
                        .setLimitMs(50))
                .build());
        Wait.until(
                "Held and HoldEnded",
                () -> fixture.router.steps.stream()
                                .anyMatch(step -> step.hasHeld()
                                        && step.getHeld().getErrorCode().isEmpty())
                        && fixture.router.steps.stream().anyMatch(AgentFrame::hasHoldEnded),
                () -> fixture.router.steps);
        byte[] recovered = fixture.replica().checkpoint(checkpoint).get(root);
        guest.assertHolds(recovered);
        assertThat(Arrays.mismatch(recovered, atTheFence)).isEqualTo(-1);
        assertRefused();
        assertThat(Arrays.mismatch(disk(), atTheFence)).isEqualTo(-1);
        assertThat(fixture.agent.ownerships().refusedConnections()).isEqualTo(1);
        assertThat(fixture.agent.ownerships().fencedMachines()).isEqualTo(1);
    }

    @Test
    void aFencedMachineIsServedAgainWhenTheSourceOwnsItAndLowerEpochsAreIgnored() throws Exception {
        fixture.router.own(owned(3, true));
        awaitReport(FenceState.FENCED, 3);
        fixture.router.own(owned(2, false));
        fixture.router.own(owned(3, false));
        fixture.router.own(Ownerships.getDefaultInstance());
        assertRefusedAfterEverythingIsTaken();

        fixture.router.own(owned(4, false));

        awaitReport(FenceState.SERVED, 4);
        CheckpointId checkpoint;
        try (NbdClient guest = client()) {
            guest.write(8192, ByteBuffer.wrap("again".getBytes()), false);
            fixture.router.own(owned(3, true));
            guest.flush();
        }
        fixture.awaitInSync(root);
        checkpoint = fixture.cut();
        Wait.until("checkpoint", () -> fixture.replica().checkpoint(checkpoint) != null, fixture::evidence);
        assertThat(Arrays.copyOfRange(fixture.replica().checkpoint(checkpoint).get(root), 8192, 8197))
                .isEqualTo("again".getBytes());
    }

    /** Orders are taken in turn: what came before an answer to a command has been taken. */
    private void assertRefusedAfterEverythingIsTaken() {
        fixture.detach(VmId.random());
        assertRefused();
        assertThat(reported().map(VmFence::getEpoch)).contains(3L);
    }

    @Test
    void aFenceOutlivesTheAgentAndIsThereBeforeTheFirstClientIs() throws Exception {
        fixture.router.own(owned(1, true));
        awaitReport(FenceState.FENCED, 1);
        fixture.crash();
        fixture.router.own(Ownerships.getDefaultInstance());
        int reports = fixture.router.ownerships.size();

        fixture.start();

        assertRefused();
        Wait.until("a report", () -> fixture.router.ownerships.size() > reports, fixture::evidence);
        awaitReport(FenceState.FENCED, 1);
        fixture.awaitInSync(root);
    }

    private static final int MIB = 1 << 20;

    /** Of the newest report; empty = the disk is not named. */
    private Optional<List<VolumeRange>> unsent() {
        return reported().stream()
                .flatMap(vm -> vm.getUnsentList().stream())
                .filter(volume -> volume.getVolumeId().equals(root.toString()))
                .map(UnsentRanges::getRangesList)
                .findFirst();
    }

    private static VolumeRange range(int offset, int length) {
        return VolumeRange.newBuilder()
                .setOffsetBytes(offset)
                .setLengthBytes(length)
                .build();
    }

    private void write(long offset) throws IOException {
        try (NbdClient guest = client()) {
            guest.write(offset, ByteBuffer.wrap("not received".getBytes()), false);
        }
    }

    @Test
    void aFencedMachineTellsWhereItsDisksHoldWhatWasNotReceivedAlsoAfterARestartAndNotBehindItsDetach()
            throws Exception {
        fixture.awaitWhole(root);
        fixture.assign(true, root);
        assertThat(fixture.router.ownerships).allSatisfy(report -> assertThat(report.getVmsList())
                .allSatisfy(vm -> assertThat(vm.getUnsentList()).isEmpty()));
        Wait.until(
                "paused",
                () -> fixture.agent.replication().stream(fixture.pg)
                        .orElseThrow()
                        .isPaused(),
                fixture::evidence);
        write(3 * MIB + 70_000);
        write(AgentFixture.DISK_BYTES - 20);

        fixture.router.own(owned(1, true));
        awaitReport(FenceState.FENCED, 1);
        List<VolumeRange> expected = List.of(range(3 * MIB, MIB), range(7 * MIB, MIB));
        assertThat(unsent()).contains(expected);

        fixture.crash();
        int reports = fixture.router.ownerships.size();
        fixture.start();
        Wait.until("a report", () -> fixture.router.ownerships.size() > reports, fixture::evidence);
        awaitReport(FenceState.FENCED, 1);
        assertThat(unsent()).contains(expected);

        assertThat(fixture.detach(fixture.vm).getOk()).isTrue();
        Wait.until("not named", () -> unsent().isEmpty(), () -> fixture.router.ownerships.getLast());
        assertThat(reported().map(VmFence::getState)).contains(FenceState.FENCED);
    }

    @Test
    void whatIsReceivedStillIsNotToldAnyMore() throws Exception {
        fixture.awaitWhole(root);
        fixture.assign(true, root);
        Wait.until(
                "paused",
                () -> fixture.agent.replication().stream(fixture.pg)
                        .orElseThrow()
                        .isPaused(),
                fixture::evidence);
        write(MIB);
        fixture.router.own(owned(1, true));
        awaitReport(FenceState.FENCED, 1);
        assertThat(unsent()).contains(List.of(range(MIB, MIB)));

        fixture.assign(false, root);

        Wait.until(
                "nothing is unsent",
                () -> unsent().equals(Optional.of(List.of())),
                () -> fixture.router.ownerships.getLast() + fixture.evidence());
    }

    @Test
    void aDiskThatWasNeverReplicatedWholeIsNotNamed() throws Exception {
        VolumeId never = VolumeId.random();
        VmId other = VmId.random();
        fixture.attach(other, "db", List.of(AgentFixture.volume(never, "root", fixture.disk("db.raw"))));
        fixture.router.own(Ownerships.newBuilder()
                .addVms(owned(1, true).getVms(0).toBuilder().setVmId(other.toString()))
                .build());

        Wait.until(
                "fenced",
                () -> fixture.router.ownerships.getLast().getVmsList().stream()
                        .anyMatch(vm -> vm.getState() == FenceState.FENCED
                                && vm.getVmId().equals(other.toString())
                                && vm.getUnsentList().isEmpty()),
                () -> fixture.router.ownerships.getLast());
    }

    @Test
    void anOwnershipThatCameBeforeTheMachineFencesItWhenItIsAttached() throws Exception {
        VolumeId volume = VolumeId.random();
        VmId other = VmId.random();
        fixture.router.own(Ownerships.newBuilder()
                .addVms(owned(1, true).getVms(0).toBuilder().setVmId(other.toString()))
                .build());
        fixture.attach(other, "db", List.of(AgentFixture.volume(volume, "root", fixture.disk("db.raw"))));

        assertThatThrownBy(() -> NbdClient.open(fixture.agent.nbdAddress(), "db/root"))
                .isInstanceOf(ExportRefusedException.class);
        client().close();
    }

    @Test
    void aDamagedRecordKeepsTheAgentFromServing() throws Exception {
        fixture.router.own(owned(1, true));
        awaitReport(FenceState.FENCED, 1);
        fixture.crash();
        Path ledger = fixture.state().resolve("ownership");
        byte[] bytes = Files.readAllBytes(ledger);
        bytes[bytes.length / 2] ^= 1;
        Files.write(ledger, bytes, StandardOpenOption.TRUNCATE_EXISTING);

        assertThatThrownBy(fixture::start)
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(AgentError.STATE_FILE_DAMAGED));
    }

    @Test
    void qemuIsRefusedWithTheReasonAndConnectsAgainWhenTheFenceIsLifted() throws Exception {
        fixture.router.own(owned(1, true));
        awaitReport(FenceState.FENCED, 1);
        String refusal = qemuIo(1);
        assertThat(refusal).contains(OWNER);

        fixture.router.own(owned(2, false));
        awaitReport(FenceState.SERVED, 2);

        assertThat(qemuIo(0)).contains("wrote 4096/4096");
    }

    private String qemuIo(int expected) throws Exception {
        Process process = new ProcessBuilder(
                        "qemu-io",
                        "-f",
                        "raw",
                        "-c",
                        "write -P 7 0 4k",
                        "nbd://127.0.0.1:" + fixture.agent.nbdAddress().getPort() + "/web/root")
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(said).isTrue();
        assertThat(process.exitValue()).as(said).isEqualTo(expected);
        return said;
    }

    @Test
    void hostileOwnershipsEndTheSessionAndChangeNothing() throws Exception {
        VmOwnership good = owned(9, true).getVms(0);
        List<Ownerships> hostile = List.of(
                Ownerships.newBuilder().addVms(good).addVms(good).build(),
                Ownerships.newBuilder()
                        .addVms(good)
                        .addVms(good.toBuilder().setVmId("../../etc/passwd"))
                        .build(),
                with(good, Ownership.newBuilder().setRecovered(true)),
                with(good, good.getOwnership().toBuilder().setEpoch(-1)),
                with(good, good.getOwnership().toBuilder().setSinceMicros(-1)),
                with(good, good.getOwnership().toBuilder().setOwner("x".repeat(201))),
                with(good, good.getOwnership().toBuilder().setOwner("line\nbreak")),
                with(good, good.getOwnership().toBuilder().setRunId("no id")),
                tooMany(good, 20_000),
                tooMany(good, 100_000));
        for (Ownerships frame : hostile) {
            int hellos = fixture.router.hellos.size();
            fixture.router.send(RouterFrame.newBuilder().setOwnerships(frame).build());
            Wait.until(
                    "a new session after " + frame.getVmsCount() + " ownerships",
                    () -> fixture.router.hellos.size() > hellos && fixture.router.isConnected(),
                    fixture::evidence);
        }
        assertThat(fixture.agent.ownerships().states()).isEmpty();
        client().close();
    }

    private static Ownerships with(VmOwnership vm, Ownership.Builder ownership) {
        return Ownerships.newBuilder()
                .addVms(vm.toBuilder().setOwnership(ownership))
                .build();
    }

    private static Ownerships tooMany(VmOwnership vm, int machines) {
        Ownerships.Builder all = Ownerships.newBuilder();
        for (int i = 0; i < machines; i++) {
            all.addVms(vm.toBuilder()
                    .setVmId(VmId.random().toString())
                    .setOwnership(Ownership.newBuilder().setEpoch(1).setRecovered(true)));
        }
        return all.build();
    }

    @Test
    void afterARestartOfTheHostNothingIsServedBeforeARouterTells() throws Exception {
        restartedHost(RestartRule.Unconfirmed.SERVE, Duration.ofMinutes(30));
        assertThatThrownBy(this::client)
                .isInstanceOf(ExportRefusedException.class)
                .hasMessageContaining("restarted");
        // The agent alone is restarted: it still waits.
        fixture.crash();
        fixture.start();
        assertThatThrownBy(this::client).isInstanceOf(ExportRefusedException.class);

        fixture.router.reject(null);
        fixture.router.own(Ownerships.getDefaultInstance());

        awaitServed();
        fixture.crash();
        fixture.router.reject(io.holdfast.proto.v1.Reject.newBuilder()
                .setCode("ROUTER_STOPPING")
                .build());
        fixture.start();
        client().close();
    }

    @Test
    void afterARestartOfTheHostAFailoverThatHappenedMeanwhileIsNeverServed() throws Exception {
        restartedHost(RestartRule.Unconfirmed.SERVE, Duration.ofMinutes(30));
        fixture.router.own(owned(1, true));

        fixture.router.reject(null);

        awaitReport(FenceState.FENCED, 1);
        assertRefused();
    }

    @Test
    void afterARestartOfTheHostDisksAreServedWithoutARouterWhenTheLimitIsOver() throws Exception {
        restartedHost(RestartRule.Unconfirmed.SERVE, Duration.ofMillis(1));
        awaitServed();
    }

    @Test
    void afterARestartOfTheHostDisksAreRefusedBeyondTheLimitWhereThePersonWantsIt() throws Exception {
        restartedHost(RestartRule.Unconfirmed.REFUSE, Duration.ZERO);
        for (int i = 0; i < 3; i++) {
            fixture.agent.ownerships().tick();
            assertThatThrownBy(this::client).isInstanceOf(ExportRefusedException.class);
        }
        fixture.router.reject(null);
        awaitServed();
    }

    private void restartedHost(RestartRule.Unconfirmed unconfirmed, Duration limit) throws Exception {
        fixture.crash();
        fixture.router.reject(io.holdfast.proto.v1.Reject.newBuilder()
                .setCode("ROUTER_STOPPING")
                .build());
        fixture.bootId = "boot-2";
        fixture.unconfirmed = unconfirmed;
        fixture.confirmLimit = limit;
        fixture.start();
    }

    private void awaitServed() {
        Wait.until(
                "served",
                () -> {
                    try {
                        client().close();
                        return true;
                    } catch (IOException refused) {
                        return false;
                    }
                },
                fixture::evidence);
    }
}
