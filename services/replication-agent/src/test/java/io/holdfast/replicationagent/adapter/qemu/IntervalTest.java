package io.holdfast.replicationagent.adapter.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.change.StreamRecord.SyncStarted;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.proto.v1.CaptureMode;
import io.holdfast.proto.v1.CommandResult;
import io.holdfast.replicationagent.fixture.LiveFixture;
import io.holdfast.replicationagent.fixture.Wait;
import io.holdfast.testkit.workload.Oracle;
import io.holdfast.testkit.workload.WorkloadRunner;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Running QEMUs that are looked at from time to time. */
@ExtendWith(QemuEvidence.class)
class IntervalTest {
    private static final int INTERVAL_MS = 1_000;

    @TempDir
    Path folder;

    private LiveFixture live;
    private int firstSyncs;

    private void start(String format) throws IOException {
        live = new LiveFixture(folder, format);
        QemuEvidence.watch(live.qemu);
        attach();
        live.fixture.assign(false, live.volumes);
        live.fixture.awaitInSync(live.volumes);
        for (var volume : live.volumes) {
            live.fixture.awaitWhole(volume);
        }
        // How often the first copy was begun again does not matter here.
        firstSyncs = live.fixture.replica().controls().size();
    }

    private void attach() {
        CommandResult result = live.attach(CaptureMode.INTERVAL, INTERVAL_MS);
        assertThat(result.getOk()).as(result.getMessage()).isTrue();
    }

    @AfterEach
    void stop() throws IOException {
        live.close();
    }

    private long polls() {
        return live.fixture.agent.live().states().get(live.fixture.vm).polls();
    }

    /** Until a poll that began after this call is complete. */
    private void awaitPoll() {
        long before = polls();
        Wait.until("two polls", () -> polls() >= before + 2, live::evidence);
        live.fixture.awaitInSync(live.volumes);
    }

    private List<SyncKind> syncs() {
        return live.fixture.replica().controls().stream()
                .skip(firstSyncs)
                .filter(SyncStarted.class::isInstance)
                .map(started -> ((SyncStarted) started).kind())
                .toList();
    }

    @Test
    void everyCheckpointIsOneInstantOfTheGuestsWritesOfAPoll() throws Exception {
        start("raw");
        WorkloadRunner guest = live.guest(Duration.ofMillis(10)).start();
        for (int i = 0; i < 3; i++) {
            long acknowledged = guest.acknowledged();
            awaitPoll();
            CheckpointId cut = live.checkpoint();
            Oracle.Match match = live.locate(live.fixture.replica().checkpoint(cut), guest.issued());
            assertThat(match.last()).as(live.evidence()).isGreaterThanOrEqualTo(acknowledged);
        }
        guest.stop();
        awaitPoll();

        live.assertReplicaEqualsDisks();
        assertThat(guest.repeated()).isZero();
        assertThat(syncs()).as("only what changed is sent").doesNotContain(SyncKind.FULL);
    }

    @Test
    void bitmapsOfAnImageThatKeepsThemOutliveQemu() throws Exception {
        start("qcow2");
        write(1);
        live.qemu.quit();
        live.qemu.start();
        write(2);
        awaitPoll();

        live.assertReplicaEqualsDisks();
        assertThat(syncs()).as(live.evidence()).doesNotContain(SyncKind.FULL);
    }

    @Test
    void aLostBitmapMakesAFullSync() throws Exception {
        start("raw");
        write(1);
        live.qemu.kill();
        live.qemu.start();
        write(2);
        awaitPoll();

        live.assertReplicaEqualsDisks();
        assertThat(syncs()).as(live.evidence()).contains(SyncKind.FULL);
    }

    @Test
    void anAgentThatWasAwayAsksForWhatChangedMeanwhile() throws Exception {
        start("raw");
        live.fixture.crash();
        write(3);
        live.fixture.connected();
        awaitPoll();

        live.assertReplicaEqualsDisks();
        assertThat(syncs()).as(live.evidence()).doesNotContain(SyncKind.FULL).contains(SyncKind.DELTA);
    }

    @Test
    void aDetachedMachineIsAsItWasBefore() throws Exception {
        live = new LiveFixture(folder, "qcow2");
        QemuEvidence.watch(live.qemu);
        List<String> before = live.qemu.graph();
        attach();
        live.fixture.assign(false, live.volumes);
        live.fixture.awaitInSync(live.volumes);

        assertThat(live.fixture.detach(live.fixture.vm).getOk()).isTrue();

        assertThat(live.qemu.graph()).isEqualTo(before);
    }

    private void write(int value) throws IOException {
        byte[] block = new byte[4_096];
        java.util.Arrays.fill(block, (byte) value);
        for (int disk = 0; disk < live.volumes.length; disk++) {
            try (BlockDevice guest = live.qemu.guest(disk)) {
                guest.write(value * 1_000_448L / 4_096 * 4_096, ByteBuffer.wrap(block), true);
            }
        }
    }
}
