package io.holdfast.replicationagent.adapter.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.change.StreamRecord.SyncStarted;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.proto.v1.CaptureMode;
import io.holdfast.proto.v1.CommandResult;
import io.holdfast.proto.v1.VolumeReportEntry;
import io.holdfast.replicationagent.capture.TapCapture;
import io.holdfast.replicationagent.capture.Volume;
import io.holdfast.replicationagent.fixture.AgentFixture;
import io.holdfast.replicationagent.fixture.LiveFixture;
import io.holdfast.replicationagent.fixture.ParallelWrites;
import io.holdfast.replicationagent.fixture.Wait;
import io.holdfast.replicationagent.hosting.HostedVolume;
import io.holdfast.replicationagent.hosting.LiveState;
import io.holdfast.testkit.workload.Oracle;
import io.holdfast.testkit.workload.WorkloadRunner;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Taps on real, running QEMUs. */
@ExtendWith(QemuEvidence.class)
class TapTest {
    @TempDir
    Path folder;

    private LiveFixture live;

    @BeforeEach
    void start() throws IOException {
        live = new LiveFixture(folder, "raw");
        QemuEvidence.watch(live.qemu);
    }

    @AfterEach
    void stop() throws IOException {
        live.close();
    }

    private void inSync() {
        CommandResult result = live.attach(CaptureMode.TAP, 0);
        assertThat(result.getOk()).as(result.getMessage()).isTrue();
        live.fixture.assign(false, live.volumes);
        live.fixture.awaitInSync(live.volumes);
        for (VolumeId volume : live.volumes) {
            live.fixture.awaitWhole(volume);
        }
    }

    private LiveState state() {
        return live.fixture.agent.live().states().get(live.fixture.vm);
    }

    private List<SyncKind> syncs() {
        return live.fixture.replica().controls().stream()
                .filter(SyncStarted.class::isInstance)
                .map(started -> ((SyncStarted) started).kind())
                .toList();
    }

    @Test
    void everyCheckpointUnderLoadIsOneInstantOfTheGuestsWritesAndTheReplicaEndsEqual() throws Exception {
        assertThat(live.attach(CaptureMode.TAP, 0).getOk()).isTrue();
        WorkloadRunner guest = live.guest().start();
        live.fixture.assign(false, live.volumes);
        List<CheckpointId> cuts = new ArrayList<>();
        List<Long> acknowledged = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            long before = guest.acknowledged();
            acknowledged.add(before);
            cuts.add(live.checkpoint());
            Wait.until("writes", () -> guest.acknowledged() > before + 20, live::evidence);
        }
        guest.stop();

        for (int i = 0; i < cuts.size(); i++) {
            Oracle.Match match = live.locate(live.fixture.replica().checkpoint(cuts.get(i)), guest.issued());
            assertThat(match.last())
                    .as("checkpoint %d, %s", i, live.evidence())
                    .isGreaterThanOrEqualTo(acknowledged.get(i));
        }
        live.fixture.awaitInSync(live.volumes);
        live.assertReplicaEqualsDisks();
    }

    @Test
    void writesOfLessThanABlockArriveWhole() throws Exception {
        inSync();
        Random random = new Random(live.seed);
        try (BlockDevice guest = live.qemu.guest(0)) {
            for (int i = 0; i < 200; i++) {
                byte[] bytes = new byte[512 * (1 + random.nextInt(20))];
                random.nextBytes(bytes);
                guest.write(512L * random.nextInt(AgentFixture.DISK_BYTES / 512 - 20), ByteBuffer.wrap(bytes), false);
            }
        }

        live.fixture.awaitInSync(live.volumes);
        live.assertReplicaEqualsDisks();
        assertThat(state().interruptions()).isZero();
    }

    @Test
    void aDiscardThatQemuKeepsToItselfLeavesBothSidesTheSame() throws Exception {
        inSync();
        try (BlockDevice guest = live.qemu.guest(0)) {
            byte[] bytes = new byte[64 << 10];
            new Random(live.seed).nextBytes(bytes);
            guest.write(1 << 20, ByteBuffer.wrap(bytes), false);
        }
        try (BlockDevice raw = live.qemu.guestWithDiscards(0)) {
            raw.trim(1 << 20, 64 << 10, false);
        }

        live.fixture.awaitInSync(live.volumes);
        live.assertReplicaEqualsDisks();
    }

    @Test
    void anAgentThatDiesUnderLoadSendsOnlyWhatItMissed() throws Exception {
        inSync();
        WorkloadRunner guest = live.guest().start();
        Wait.until("writes", () -> guest.acknowledged() > 200, live::evidence);
        live.fixture.crash();
        long atCrash = guest.acknowledged();
        Wait.until("writes without an agent", () -> guest.acknowledged() > atCrash + 200, live.qemu::evidence);
        guest.stop();
        assertThat(guest.repeated()).as("the guest has noticed nothing").isZero();

        live.fixture.connected();
        live.fixture.awaitInSync(live.volumes);

        live.assertReplicaEqualsDisks();
        assertThat(syncs()).as(live.evidence()).doesNotContain(SyncKind.FULL).contains(SyncKind.DELTA);
    }

    @Test
    void aFewBlocksThatWereMissedAreAllThatIsSentAgain() throws Exception {
        // So that the sync has something to leave out.
        try (BlockDevice guest = live.qemu.guest(0)) {
            byte[] all = new byte[AgentFixture.DISK_BYTES];
            new Random(live.seed).nextBytes(all);
            guest.write(0, ByteBuffer.wrap(all), false);
        }
        inSync();
        live.fixture.closeAgent();
        try (BlockDevice guest = live.qemu.guest(0)) {
            guest.write(5 << 20, ByteBuffer.wrap(new byte[4_096]), false);
        }
        live.fixture.connected();
        live.fixture.awaitInSync(live.volumes);

        live.assertReplicaEqualsDisks();
        long sent = live.fixture
                .agent
                .replication()
                .streams()
                .iterator()
                .next()
                .snapshot()
                .sentBytes();
        assertThat(sent).as("bytes sent by the second agent").isLessThan(1 << 20);
    }

    @Test
    void aQemuThatIsKilledAndStartedAgainIsFoundAndComparedWhole() throws Exception {
        inSync();
        WorkloadRunner guest = live.guest().start();
        Wait.until("writes", () -> guest.acknowledged() > 200, live::evidence);
        live.qemu.kill();
        Wait.until("noticed", () -> state().interruptions() > 0, live::evidence);
        live.qemu.start();
        long restarted = guest.acknowledged();
        Wait.until("attached again", () -> state().connected(), live::evidence);
        Wait.until("writes", () -> guest.acknowledged() > restarted + 200, live::evidence);
        guest.stop();
        live.fixture.awaitInSync(live.volumes);

        live.assertReplicaEqualsDisks();
        assertThat(syncs()).as("nobody knows what was in flight").contains(SyncKind.FULL);
    }

    @Test
    void aMirrorThatSomebodyCancelsIsMadeAgainAndNothingIsMissed() throws Exception {
        inSync();
        WorkloadRunner guest = live.guest().start();
        for (int i = 1; i <= 3; i++) {
            long before = guest.acknowledged();
            Wait.until("writes", () -> guest.acknowledged() > before + 100, live::evidence);
            live.qemu.run("block-job-cancel", Map.of("device", "holdfast-" + live.volumes[0]));
            int times = i;
            Wait.until("attached again", () -> state().interruptions() >= times && state().connected(), live::evidence);
        }
        guest.stop();
        live.fixture.awaitInSync(live.volumes);

        live.assertReplicaEqualsDisks();
        assertThat(syncs()).as(live.evidence()).doesNotContain(SyncKind.FULL).contains(SyncKind.DELTA);
        assertThat(guest.repeated()).as("the guest has noticed nothing").isZero();
    }

    @Test
    void aGuestThatWritesInParallelSurvivesAgentsThatDieAndMirrorsThatEnd() throws Exception {
        inSync();
        try (ParallelWrites guest = new ParallelWrites(live.qemu, live.volumes.length, live.seed)) {
            for (int i = 0; i < 2; i++) {
                guest.awaitMore(200);
                live.fixture.crash();
                guest.awaitMore(200);
                live.fixture.connected();
                Wait.until("attached again", () -> state() != null && state().connected(), live::evidence);
            }
            long before = state().interruptions();
            for (int i = 1; i <= 2; i++) {
                guest.awaitMore(200);
                live.qemu.run("block-job-cancel", Map.of("device", "holdfast-" + live.volumes[0]));
                long times = before + i;
                Wait.until(
                        "attached again",
                        () -> state().interruptions() >= times && state().connected(),
                        live::evidence);
            }
            guest.awaitMore(200);
        }
        live.fixture.awaitInSync(live.volumes);

        live.assertReplicaEqualsDisks();
    }

    /** As the inventory says it of the first disk; empty = it has none. */
    private String reportedCapture() {
        return live.fixture.router.inventories.getLast().getVmsList().stream()
                .flatMap(vm -> vm.getVolumesList().stream())
                .filter(volume -> volume.getVolumeId().equals(live.volumes[0].toString()))
                .map(VolumeReportEntry::getCaptureId)
                .findFirst()
                .orElse("");
    }

    private String awaitCaptureOtherThan(Set<String> before) {
        Wait.until(
                "another capture than " + before,
                () -> !reportedCapture().isEmpty() && !before.contains(reportedCapture()),
                live::evidence);
        return reportedCapture();
    }

    private Volume captured() {
        return live.fixture.agent.machines().machines().stream()
                .flatMap(vm -> vm.volumes().stream())
                .filter(volume -> volume.attachment().id().equals(live.volumes[0]))
                .map(volume -> ((HostedVolume.Captured) volume).volume())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void eachUnbrokenTimeOfATapIsACaptureOfItsOwn() throws Exception {
        Set<String> captures = new HashSet<>();
        inSync();
        captures.add(awaitCaptureOtherThan(captures));
        live.qemu.run("block-job-cancel", Map.of("device", "holdfast-" + live.volumes[0]));
        captures.add(awaitCaptureOtherThan(captures));
        live.qemu.kill();
        Wait.until("no capture without a machine", () -> reportedCapture().isEmpty(), live::evidence);
        live.qemu.start();
        captures.add(awaitCaptureOtherThan(captures));
        live.fixture.crash();
        live.fixture.connected();
        captures.add(awaitCaptureOtherThan(captures));
        live.fixture.detach(live.fixture.vm);
        assertThat(live.attach(CaptureMode.TAP, 0).getOk()).isTrue();
        captures.add(awaitCaptureOtherThan(captures));

        assertThat(captures).hasSize(5).allMatch(id -> id.matches("[A-Za-z0-9-]{1,64}"));
    }

    /** What the agent's answers about equal regions rest on (docs/known-differences.md). */
    @Test
    void whatChangesOnTheDiskBehindTheBeginOfACaptureIsNotedInIt() throws Exception {
        int unchanged = 0;
        int changed = 0;
        WorkloadRunner guest = live.guest(Duration.ofMillis(2)).start();
        for (int round = 0; round < 4; round++) {
            long before = guest.acknowledged();
            Wait.until("writes", () -> guest.acknowledged() > before + 10, live::evidence);
            assertThat(live.attach(CaptureMode.TAP, 0).getOk()).isTrue();
            Volume volume = captured();
            TapCapture capture = volume.capture().orElseThrow();
            byte[] then = live.qemu.contents(0);
            long begun = guest.acknowledged();
            Wait.until("writes", () -> guest.acknowledged() > begun + 10, live::evidence);
            // What is on the disk now has arrived.
            byte[] now = live.qemu.contents(0);
            volume.source().awaitWritesInFlight();
            for (int region = 0; region < AgentFixture.DISK_BYTES >> 16; region++) {
                int from = region << 16;
                boolean same = Arrays.equals(then, from, from + (1 << 16), now, from, from + (1 << 16));
                assertThat(same || capture.isWritten(region))
                        .as("region %d in round %d, %s", region, round, live.evidence())
                        .isTrue();
                changed += same ? 0 : 1;
                unchanged += capture.isWritten(region) ? 0 : 1;
            }
            live.fixture.detach(live.fixture.vm);
        }
        guest.stop();
        assertThat(changed).isPositive();
        assertThat(unchanged).isPositive();
    }

    @Test
    void bitmapsStaySmallWhileTheVolumeIsInSync() throws Exception {
        inSync();
        WorkloadRunner guest = live.guest().start();
        Wait.until("writes", () -> guest.acknowledged() > 500, live::evidence);
        guest.stop();

        Wait.until(
                "one bitmap per disk, with nothing in it",
                () -> live.qemu.bitmapBytes().equals(List.of(0L, 0L)),
                () -> live.qemu.bitmapBytes() + live.evidence());
    }

    @Test
    void anotherProductsJobIsRespected() throws Exception {
        List<String> before = live.qemu.graph();
        live.qemu.run(
                "blockdev-add", Map.of("driver", "null-co", "node-name", "theirs", "size", AgentFixture.DISK_BYTES));
        live.qemu.run(
                "blockdev-backup", Map.of("job-id", "theirs", "device", "drive0", "target", "theirs", "sync", "none"));
        List<String> with = live.qemu.graph();

        CommandResult refused = live.attach(CaptureMode.TAP, 0);

        assertThat(refused.getErrorCode()).isEqualTo("QEMU_JOB_PRESENT");
        assertThat(live.qemu.graph()).isEqualTo(with).isNotEqualTo(before);
    }

    @Test
    void whatCannotBeCapturedIsRefusedWithoutATrace() throws Exception {
        List<String> before = live.qemu.graph();
        assertThat(live.attach(CaptureMode.INTERVAL, 7).getErrorCode()).isEqualTo("INTERVAL_NOT_ALLOWED");
        assertThat(live.attachNodes("drive0", "drive7").getErrorCode()).isEqualTo("QEMU_NODE_MISSING");
        live.fixture.closeAgent();
        live.fixture.allowSockets(folder.resolve("elsewhere"));
        live.fixture.connected();
        assertThat(live.attach(CaptureMode.TAP, 0).getErrorCode()).isEqualTo("SOCKET_OUTSIDE_ROOTS");

        assertThat(live.qemu.graph()).isEqualTo(before);
        assertThat(live.fixture.agent.machines().machines()).isEmpty();
    }

    @Test
    void aDetachedMachineIsAsItWasBefore() throws Exception {
        List<String> before = live.qemu.graph();
        inSync();
        assertThat(live.qemu.graph()).isNotEqualTo(before);

        CommandResult result = live.fixture.detach(live.fixture.vm);

        assertThat(result.getOk()).as(result.getMessage()).isTrue();
        assertThat(live.qemu.graph()).isEqualTo(before);
    }

    /** The guest keeps more writes in flight than it waits for; the mirror ends when none of them is left in it. */
    @Test
    void aMachineThatWritesInParallelIsDetachedAsItWasAndAttachedAgain() throws Exception {
        List<String> before = live.qemu.graph();
        inSync();
        try (ParallelWrites guest = new ParallelWrites(live.qemu, live.volumes.length, live.seed)) {
            for (int i = 0; i < 3; i++) {
                guest.awaitMore(200);
                CommandResult result = live.fixture.detach(live.fixture.vm);
                assertThat(result.getOk()).as(result.getMessage()).isTrue();
                assertThat(live.qemu.graph()).as(live.evidence()).isEqualTo(before);
                guest.awaitMore(200);
                inSync();
            }
        }
        live.fixture.awaitInSync(live.volumes);

        live.assertReplicaEqualsDisks();
    }
}
