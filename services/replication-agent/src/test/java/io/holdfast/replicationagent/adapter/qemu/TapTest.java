package io.holdfast.replicationagent.adapter.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.change.StreamRecord.SyncStarted;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.proto.v1.AttachVm;
import io.holdfast.proto.v1.AttachVolume;
import io.holdfast.proto.v1.CaptureMode;
import io.holdfast.proto.v1.CommandResult;
import io.holdfast.replicationagent.fixture.AgentFixture;
import io.holdfast.replicationagent.fixture.RunningQemu;
import io.holdfast.replicationagent.fixture.Wait;
import io.holdfast.testkit.workload.Oracle;
import io.holdfast.testkit.workload.WorkloadPlan;
import io.holdfast.testkit.workload.WorkloadRunner;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Taps on real, running QEMUs. */
@ExtendWith(QemuEvidence.class)
class TapTest {
    private static final int DISKS = 2;
    private static final int BLOCKS = AgentFixture.DISK_BYTES / 4096;

    @TempDir
    Path folder;

    private final VolumeId[] volumes = {VolumeId.random(), VolumeId.random()};
    private AgentFixture fixture;
    private RunningQemu qemu;
    private long seed;

    @BeforeEach
    void start(TestInfo test) throws IOException {
        seed = new Random().nextLong();
        System.out.println(test.getDisplayName() + " seed " + seed);
        fixture = new AgentFixture(folder);
        qemu = QemuEvidence.watch(new RunningQemu(
                        fixture.sockets().resolve("q"),
                        fixture.sockets().resolve("qemu-" + fixture.vm + ".sock"),
                        "raw",
                        List.of(fixture.disk("a"), fixture.disk("b"))))
                .start();
        fixture.allowSockets(fixture.sockets());
        fixture.connected();
    }

    @AfterEach
    void stop() throws IOException {
        fixture.closeAgent();
        qemu.close();
        fixture.close();
    }

    private AttachVm tap() {
        AttachVm.Builder attach = AttachVm.newBuilder()
                .setVmId(fixture.vm.toString())
                .setName("db")
                .setCapture(CaptureMode.TAP)
                .setQmpSocket(qemu.monitor().toString());
        for (int disk = 0; disk < DISKS; disk++) {
            attach.addVolumes(AttachVolume.newBuilder()
                    .setVolumeId(volumes[disk].toString())
                    .setName("disk" + disk)
                    .setQemuNode(RunningQemu.node(disk)));
        }
        return attach.build();
    }

    private void attached() {
        CommandResult result = fixture.attach(tap());
        assertThat(result.getOk()).as(result.getMessage()).isTrue();
    }

    private WorkloadPlan plan() {
        return new WorkloadPlan(seed, DISKS, 0, BLOCKS, 48);
    }

    private WorkloadRunner guest() {
        return new WorkloadRunner(plan(), qemu::guest, Duration.ZERO, Duration.ofSeconds(30));
    }

    private Oracle.Match locate(Map<VolumeId, byte[]> images, long issued) throws IOException {
        return new Oracle(plan())
                .locate(
                        (disk, offset, into) -> into.put(images.get(volumes[disk]), (int) offset, into.remaining()),
                        issued);
    }

    private void assertReplicaEqualsDisks() throws IOException {
        for (int disk = 0; disk < DISKS; disk++) {
            assertThat(fixture.replica().imageOf(volumes[disk]))
                    .as("disk %d, seed %d, %s", disk, seed, fixture.evidence())
                    .isEqualTo(qemu.contents(disk));
        }
    }

    /** An order is ignored while a volume is out of sync, as after a full ring; then the next one counts. */
    private CheckpointId checkpoint() {
        List<CheckpointId> orders = new ArrayList<>();
        long[] next = {System.nanoTime()};
        Wait.until(
                "checkpoint",
                () -> {
                    if (System.nanoTime() - next[0] >= 0) {
                        orders.add(fixture.cut());
                        next[0] = System.nanoTime() + 200_000_000;
                    }
                    return orders.stream().anyMatch(order -> fixture.replica().checkpoint(order) != null);
                },
                fixture::evidence);
        return orders.stream()
                .filter(order -> fixture.replica().checkpoint(order) != null)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void everyCheckpointUnderLoadIsOneInstantOfTheGuestsWritesAndTheReplicaEndsEqual() throws Exception {
        attached();
        WorkloadRunner guest = guest().start();
        fixture.assign(false, volumes);
        fixture.awaitInSync(volumes);
        List<CheckpointId> cuts = new ArrayList<>();
        List<Long> acknowledged = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            long before = guest.acknowledged();
            acknowledged.add(before);
            cuts.add(checkpoint());
            Wait.until("writes", () -> guest.acknowledged() > before + 20, qemu::evidence);
        }
        guest.stop();

        for (int i = 0; i < cuts.size(); i++) {
            Oracle.Match match = locate(fixture.replica().checkpoint(cuts.get(i)), guest.issued());
            assertThat(match.last()).as("checkpoint %d, seed %d", i, seed).isGreaterThanOrEqualTo(acknowledged.get(i));
        }
        fixture.awaitInSync(volumes);
        assertReplicaEqualsDisks();
    }

    @Test
    void writesOfLessThanABlockArriveWhole() throws Exception {
        attached();
        fixture.assign(false, volumes);
        fixture.awaitInSync(volumes);
        Random random = new Random(seed);
        try (BlockDevice guest = qemu.guest(0)) {
            for (int i = 0; i < 200; i++) {
                byte[] bytes = new byte[512 * (1 + random.nextInt(20))];
                random.nextBytes(bytes);
                guest.write(512L * random.nextInt(AgentFixture.DISK_BYTES / 512 - 20), ByteBuffer.wrap(bytes), false);
            }
        }

        fixture.awaitInSync(volumes);
        assertReplicaEqualsDisks();
        assertThat(fixture.agent.live().states().get(fixture.vm).interruptions())
                .isZero();
    }

    @Test
    void anAgentThatDiesUnderLoadSendsOnlyWhatItMissed() throws Exception {
        attached();
        fixture.assign(false, volumes);
        fixture.awaitInSync(volumes);
        for (VolumeId volume : volumes) {
            fixture.awaitWhole(volume);
        }
        WorkloadRunner guest = guest().start();
        Wait.until("writes", () -> guest.acknowledged() > 200, qemu::evidence);
        fixture.crash();
        long atCrash = guest.acknowledged();
        Wait.until("writes without an agent", () -> guest.acknowledged() > atCrash + 200, qemu::evidence);
        guest.stop();
        assertThat(guest.repeated()).as("the guest has noticed nothing").isZero();

        fixture.connected();
        fixture.awaitInSync(volumes);

        assertReplicaEqualsDisks();
        assertThat(fixture.replica().controls())
                .filteredOn(SyncStarted.class::isInstance)
                .extracting(started -> ((SyncStarted) started).kind())
                .as("seed %d", seed)
                .doesNotContain(SyncKind.FULL)
                .contains(SyncKind.DELTA);
    }

    @Test
    void aDetachedMachineIsAsItWasBefore() throws Exception {
        List<String> before = qemu.graph();
        attached();
        fixture.assign(false, volumes);
        fixture.awaitInSync(volumes);
        assertThat(qemu.graph()).isNotEqualTo(before);

        CommandResult result = fixture.detach(fixture.vm);

        assertThat(result.getOk()).as(result.getMessage()).isTrue();
        assertThat(qemu.graph()).isEqualTo(before);
    }
}
