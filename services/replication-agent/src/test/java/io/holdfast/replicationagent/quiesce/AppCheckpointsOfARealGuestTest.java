package io.holdfast.replicationagent.quiesce;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.AttachVm;
import io.holdfast.proto.v1.Frozen;
import io.holdfast.proto.v1.Thawed;
import io.holdfast.replicationagent.adapter.files.FileFrozenNotes;
import io.holdfast.replicationagent.adapter.files.HookSettings;
import io.holdfast.replicationagent.adapter.files.StateDirectory;
import io.holdfast.replicationagent.adapter.qga.QgaGuestAgents;
import io.holdfast.replicationagent.fixture.AgentFixture;
import io.holdfast.replicationagent.fixture.Wait;
import io.holdfast.testkit.guest.Ext4;
import io.holdfast.testkit.guest.Ext4.Judgement;
import io.holdfast.testkit.guest.GuestDisk;
import io.holdfast.testkit.guest.GuestImage;
import io.holdfast.testkit.guest.GuestParts;
import io.holdfast.testkit.guest.GuestSpec;
import io.holdfast.testkit.guest.LoadedFiles;
import io.holdfast.testkit.guest.RunningGuest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Linux under emulation whose disk is the agent's NBD export, with ext4 and a load on it; real QEMU guest agent. */
class AppCheckpointsOfARealGuestTest {
    private static final int DISK_BYTES = 32 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Path EVIDENCE = Path.of("target", "guests").toAbsolutePath();

    private static GuestImage image;

    @BeforeAll
    static void build(@TempDir Path folder) {
        image = GuestImage.build(
                GuestParts.find(),
                EVIDENCE,
                Map.of(
                        "etc/holdfast/hooks/before", "#!/bin/sh\necho \"$1\" >/disks/a/hook-before\n",
                        "etc/holdfast/hooks/after", "#!/bin/sh\necho HF after >/dev/console\n",
                        "etc/holdfast/hooks/hang", "#!/bin/sh\nsleep 1000\n"));
    }

    /** An agent with one disk that carries a new ext4, a router, and a guest on it. */
    private static final class Scene implements AutoCloseable {
        final AgentFixture agent;
        final VolumeId volume = VolumeId.random();
        final Path folder;
        final Path sockets;
        int port;
        RunningGuest guest;

        Scene(Path folder, String hooks) throws IOException {
            this.folder = folder;
            agent = new AgentFixture(folder.resolve("agent"), DISK_BYTES);
            // Named before it is there: the machine is attached before it boots.
            sockets = Files.createTempDirectory("hfapp");
            agent.allowSockets(sockets);
            Ext4.create(agent.disk("root"), DISK_BYTES, Optional.empty());
            if (!hooks.isEmpty()) {
                Path file = folder.resolve("hooks.json");
                Files.writeString(file, hooks.replace("VM", agent.vm.toString()));
                agent.hooks = new HookSettings(Optional.of(file), HookSettings.NONE.roots());
            }
            agent.connected();
        }

        Scene boot(boolean guestAgent) throws IOException {
            AttachVm order = AttachVm.newBuilder()
                    .setVmId(agent.vm.toString())
                    .setName("guest")
                    .addVolumes(AgentFixture.volume(volume, "root", agent.disk("root")))
                    .setGuestAgentSocket(sockets.resolve("qga").toString())
                    .build();
            assertThat(agent.attach(order).getErrorCode()).isEmpty();
            agent.assign(false, volume);
            agent.awaitInSync(volume);
            port = agent.agent.nbdAddress().getPort();
            GuestSpec spec = GuestSpec.running(image, "files")
                    .withSocketsIn(sockets)
                    .with(new GuestDisk.NbdTcp("disk0", agent.agent.nbdAddress(), agent.vm + "/" + volume));
            guest = (guestAgent ? spec : spec.withoutGuestAgent()).start(EVIDENCE);
            guest.awaitReady(PATIENCE);
            guest.awaitDone(10, PATIENCE);
            return this;
        }

        Path imageAt(CheckpointId checkpoint, String name) throws IOException {
            Wait.until(
                    "marker of " + checkpoint, () -> agent.replica().checkpoint(checkpoint) != null, agent::evidence);
            Path file = folder.resolve(name + ".img");
            Files.write(file, agent.replica().checkpoint(checkpoint).get(volume));
            return file;
        }

        @Override
        public void close() {
            if (guest != null) {
                guest.close();
            }
            agent.close();
        }
    }

    @Test
    void anAppCheckpointNeedsNoReplayAndACrashCheckpointDoes(@TempDir Path folder) throws Exception {
        try (Scene scene = new Scene(folder, "").boot(true)) {
            List<Long> freezeMicros = new ArrayList<>();
            for (int round = 1; round <= 4; round++) {
                long before = scene.guest.done();
                CheckpointId crash = scene.agent.cut();
                Judgement cut = Ext4.judge(scene.imageAt(crash, "crash" + round));
                assertThat(cut.needsRecovery())
                        .as("a disk in use has a journal to replay")
                        .isTrue();
                Ext4.recover(folder.resolve("crash" + round + ".img"));
                LoadedFiles.extract(folder.resolve("crash" + round + ".img"), folder.resolve("crash" + round))
                        .requireWholeUpTo(before);

                before = scene.guest.done();
                CheckpointId app = scene.agent.freeze(LIMIT);
                Frozen frozen = scene.agent.awaitFrozen(app);
                assertThat(frozen.getErrorCode()).as(frozen.getMessage()).isEmpty();
                scene.agent.cut(app);
                scene.agent.thaw(app);
                Thawed thawed = scene.agent.awaitThawed(app);
                assertThat(thawed.getExpired()).isFalse();
                freezeMicros.add(thawed.getFrozenMicros());
                Judgement clean = Ext4.judge(scene.imageAt(app, "app" + round));
                assertThat(clean.isClean())
                        .as("app checkpoint %d: %s", round, clean)
                        .isTrue();
                LoadedFiles.extract(folder.resolve("app" + round + ".img"), folder.resolve("app" + round))
                        .requireWholeUpTo(before);
                scene.guest.awaitDone(before + 20, PATIENCE);
            }
            System.out.println("frozen for microseconds: " + freezeMicros);
        }
    }

    @Test
    void hooksRunBeforeTheFreezeAndAfterTheThaw(@TempDir Path folder) throws Exception {
        String hooks = """
                {"machines": [{"vm": "VM", "before": {"path": "/etc/holdfast/hooks/before", "arguments": ["round one"]},
                               "after": {"path": "/etc/holdfast/hooks/after"}}]}""";
        try (Scene scene = new Scene(folder, hooks).boot(true)) {
            CheckpointId app = scene.agent.freeze(LIMIT);
            Frozen frozen = scene.agent.awaitFrozen(app);
            assertThat(frozen.getErrorCode()).as(frozen.getMessage()).isEmpty();
            scene.agent.cut(app);
            scene.agent.thaw(app);
            assertThat(scene.agent.awaitThawed(app).getExpired()).isFalse();
            scene.guest.awaitLine(Pattern.compile("HF after"), PATIENCE);
            Path image = scene.imageAt(app, "hooked");
            Ext4.extract(image, "/hook-before", folder);
            assertThat(folder.resolve("hook-before")).hasContent("round one");
        }
    }

    @Test
    void aHookThatHangsEndsTheOrderInItsTimeAndLeavesTheGuestRunning(@TempDir Path folder) throws Exception {
        String hooks = """
                {"machines": [{"vm": "VM", "before": {"path": "/etc/holdfast/hooks/hang", "timeoutMs": 700}}]}""";
        try (Scene scene = new Scene(folder, hooks).boot(true)) {
            Frozen refused = scene.agent.awaitFrozen(scene.agent.freeze(LIMIT));
            assertThat(refused.getErrorCode()).isEqualTo("HOOK_FAILED");
            assertThat(refused.getMessage())
                    .contains("/etc/holdfast/hooks/hang")
                    .contains("in time");
            assertThat(scene.agent.agent.quiescence().mayBeFrozen()).isZero();
            scene.guest.awaitDone(scene.guest.done() + 5, PATIENCE);
        }
    }

    @Test
    void aGuestWithoutAnAgentIsRefusedAndNeverTouched(@TempDir Path folder) throws Exception {
        try (Scene scene = new Scene(folder, "").boot(false)) {
            Frozen refused = scene.agent.awaitFrozen(scene.agent.freeze(LIMIT));
            assertThat(refused.getErrorCode()).isEqualTo("NO_GUEST_AGENT");
            assertThat(refused.getMessage()).contains("guest").contains("no answer in time");
            scene.guest.awaitDone(scene.guest.done() + 5, PATIENCE);
        }
    }

    @Test
    void aGuestThatAnAgentLeftFrozenIsThawedByTheNextStart(@TempDir Path folder) throws Exception {
        try (Scene scene = new Scene(folder, "").boot(true)) {
            Path socket = scene.guest.guestAgentSocket();
            GuestAgents agents = new QgaGuestAgents(List.of(scene.sockets));
            try (GuestAgents.Connection connection = agents.connect(socket, Deadline.in(LIMIT))) {
                assertThat(connection.freeze(Deadline.in(LIMIT))).isPositive();
            }
            // The agent dies with the guest frozen and its note written.
            scene.agent.crash();
            try (StateDirectory state = StateDirectory.open(scene.agent.state())) {
                new FileFrozenNotes(state).replace(Map.of(scene.agent.vm, socket));
            }
            long frozenAt = scene.guest.done();

            scene.agent.nbdPort = scene.port;
            scene.agent.connected();

            scene.guest.awaitDone(frozenAt + 5, PATIENCE);
            Wait.until(
                    "the note is taken back",
                    () -> scene.agent.agent.quiescence().mayBeFrozen() == 0,
                    scene.guest::evidence);
            scene.agent.awaitInSync(scene.volume);
            CheckpointId app = scene.agent.freeze(LIMIT);
            assertThat(scene.agent.awaitFrozen(app).getErrorCode()).isEmpty();
            scene.agent.thaw(app);
            assertThat(scene.agent.awaitThawed(app).getExpired()).isFalse();
        }
    }

    @Test
    void aThawThatNeverComesIsReplacedByTheLimitAndASessionThatEndsByAnImmediateThaw(@TempDir Path folder)
            throws Exception {
        try (Scene scene = new Scene(folder, "").boot(true)) {
            CheckpointId forgotten = scene.agent.freeze(Duration.ofSeconds(3));
            assertThat(scene.agent.awaitFrozen(forgotten).getErrorCode()).isEmpty();
            assertThat(scene.agent.awaitFrozen(scene.agent.freeze(LIMIT)).getErrorCode())
                    .isEqualTo("FREEZE_OUTSTANDING");
            Thawed expired = scene.agent.awaitThawed(forgotten);
            assertThat(expired.getExpired()).isTrue();
            scene.guest.awaitDone(scene.guest.done() + 5, PATIENCE);

            CheckpointId lost = scene.agent.freeze(LIMIT);
            assertThat(scene.agent.awaitFrozen(lost).getErrorCode()).isEmpty();
            scene.agent.router.kill();
            scene.guest.awaitDone(scene.guest.done() + 5, PATIENCE);
            Wait.until(
                    "nothing is frozen",
                    () -> scene.agent.agent.quiescence().mayBeFrozen() == 0,
                    scene.guest::evidence);
        }
    }
}
