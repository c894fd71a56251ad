package io.holdfast.replicationagent.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.proto.v1.CaptureMode;
import io.holdfast.proto.v1.FenceState;
import io.holdfast.proto.v1.Ownership;
import io.holdfast.proto.v1.Ownerships;
import io.holdfast.proto.v1.VmFence;
import io.holdfast.proto.v1.VmOwnership;
import io.holdfast.replicationagent.fixture.LiveFixture;
import io.holdfast.replicationagent.fixture.Wait;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines under real QEMUs; whether their processors run is asked of QEMU itself. */
class LiveFenceTest {
    @TempDir
    Path folder;

    private LiveFixture live;

    @BeforeEach
    void start() throws Exception {
        live = new LiveFixture(folder, "raw");
        live.qemu.run("cont", Map.of());
    }

    @AfterEach
    void stop() throws Exception {
        live.close();
    }

    private void own(long epoch, boolean recovered) {
        live.fixture.router.own(Ownerships.newBuilder()
                .addVms(VmOwnership.newBuilder()
                        .setVmId(live.fixture.vm.toString())
                        .setOwnership(Ownership.newBuilder().setEpoch(epoch).setRecovered(recovered)))
                .build());
    }

    private boolean reports(FenceState state, long epoch) {
        return !live.fixture.router.ownerships.isEmpty()
                && live.fixture.router.ownerships.getLast().getVmsList().stream()
                        .anyMatch(vm -> vm.getState() == state && vm.getEpoch() == epoch);
    }

    private void awaitReport(FenceState state, long epoch) {
        Wait.until(
                state + " of epoch " + epoch,
                () -> reports(state, epoch),
                () -> live.fixture.router.ownerships + live.evidence());
    }

    private boolean runs() {
        return live.qemu.run("query-status", Map.of()).path("running").asBoolean();
    }

    private void assertCheckpointIsTheDisks() throws Exception {
        CheckpointId checkpoint = live.checkpoint();
        for (int disk = 0; disk < live.volumes.length; disk++) {
            assertThat(live.fixture.replica().checkpoint(checkpoint).get(live.volumes[disk]))
                    .as("disk %d, %s", disk, live.evidence())
                    .isEqualTo(live.qemu.contents(disk));
        }
    }

    private void write(int value) throws Exception {
        byte[] bytes = new byte[64 << 10];
        java.util.Arrays.fill(bytes, (byte) value);
        try (var guest = live.qemu.guest(0)) {
            guest.write((long) value << 16, java.nio.ByteBuffer.wrap(bytes), false);
        }
    }

    private void attached(CaptureMode mode, int intervalMs) throws Exception {
        assertThat(live.attach(mode, intervalMs).getOk()).isTrue();
        live.fixture.assign(false, live.volumes);
        live.fixture.awaitInSync(live.volumes);
        write(7);
    }

    @Test
    void aTappedMachineIsStoppedAsOftenAsSomebodyLetsItGoOnAndItsCheckpointIsWhole() throws Exception {
        attached(CaptureMode.TAP, 0);
        assertThat(runs()).isTrue();

        own(1, true);

        awaitReport(FenceState.FENCED, 1);
        assertThat(runs()).isFalse();
        for (int i = 0; i < 3; i++) {
            live.qemu.run("cont", Map.of());
            Wait.until("stopped again", () -> !runs(), live::evidence);
        }
        awaitReport(FenceState.FENCED, 1);
        assertCheckpointIsTheDisks();
        assertThat(live.fixture.router.ownerships.stream()
                        .flatMap(report -> report.getVmsList().stream())
                        .map(VmFence::getState))
                .doesNotContain(FenceState.FENCE_FAILED);
    }

    @Test
    void aFencedMachineStaysStoppedOverARestartOfTheAgentAndMayBeLetGoWhenTheSourceOwnsIt() throws Exception {
        attached(CaptureMode.TAP, 0);
        own(1, true);
        awaitReport(FenceState.FENCED, 1);
        live.fixture.crash();
        live.qemu.run("cont", Map.of());

        live.fixture.connected();
        Wait.until("stopped again", () -> !runs(), live::evidence);
        awaitReport(FenceState.FENCED, 1);
        own(2, false);
        awaitReport(FenceState.SERVED, 2);

        assertThat(runs()).as("a person lets it go on").isFalse();
        live.qemu.run("cont", Map.of());
        live.fixture.awaitInSync(live.volumes);
        write(9);
        assertCheckpointIsTheDisks();
        assertThat(runs()).isTrue();
    }

    @Test
    void aMachineThatIsLookedAtInIntervalsIsFencedWhenALookBehindItsStopIsTaken() throws Exception {
        attached(CaptureMode.INTERVAL, 1_000);
        write(3);

        own(1, true);

        awaitReport(FenceState.FENCED, 1);
        assertThat(runs()).isFalse();
        live.fixture.awaitInSync(live.volumes);
        assertCheckpointIsTheDisks();
    }

    @Test
    void aMachineThatCannotBeCapturedIsStoppedAllTheSame() throws Exception {
        attached(CaptureMode.TAP, 0);
        live.fixture.closeAgent();
        live.qemu.run(
                "blockdev-add",
                Map.of("driver", "null-co", "node-name", "foreign", "size", live.qemu.contents(0).length));
        live.qemu.run(
                "blockdev-mirror",
                Map.of("job-id", "foreign", "device", "drive0", "target", "foreign", "sync", "none"));
        own(1, true);

        live.fixture.connected();

        Wait.until("stopped", () -> !runs(), live::evidence);
        assertThat(reports(FenceState.FENCED, 1)).isFalse();
    }

    @Test
    void aMachineWhoseQemuIsNotThereIsFencedAndStoppedWhenItComesBack() throws Exception {
        attached(CaptureMode.TAP, 0);
        live.qemu.kill();
        own(1, true);
        awaitReport(FenceState.FENCED, 1);

        live.qemu.start();
        live.qemu.run("cont", Map.of());

        Wait.until("stopped", () -> !runs(), live::evidence);
    }

    @Test
    void aFenceThatCannotBePutUpIsToldAndTriedAgain() throws Exception {
        attached(CaptureMode.TAP, 0);
        live.fixture.closeAgent();
        // A monitor serves one client, and somebody else is there first.
        var busy = io.holdfast.replicationagent.adapter.qmp.QmpClient.connect(
                live.qemu.monitor(), io.holdfast.replicationagent.adapter.qmp.QmpLimits.DEFAULT, _ -> {}, () -> {});
        own(1, true);
        live.fixture.connected();
        awaitReport(FenceState.FENCE_FAILED, 1);
        assertThat(live.fixture.router.ownerships.getLast().getVms(0).getErrorCode())
                .isEqualTo("QEMU_UNREACHABLE");
        assertThat(live.fixture.agent.ownerships().failedFences()).isEqualTo(1);

        busy.close();

        awaitReport(FenceState.FENCED, 1);
        assertThat(runs()).isFalse();
    }
}
