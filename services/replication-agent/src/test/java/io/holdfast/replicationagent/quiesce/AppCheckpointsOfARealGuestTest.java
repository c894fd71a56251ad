package io.holdfast.replicationagent.quiesce;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.proto.v1.Frozen;
import io.holdfast.proto.v1.Thawed;
import io.holdfast.replicationagent.adapter.qga.QgaGuestAgents;
import io.holdfast.replicationagent.fixture.AgentProcess;
import io.holdfast.replicationagent.fixture.Wait;
import io.holdfast.testkit.guest.Ext4;
import io.holdfast.testkit.guest.Ext4.Judgement;
import io.holdfast.testkit.guest.GuestImage;
import io.holdfast.testkit.guest.GuestParts;
import io.holdfast.testkit.guest.GuestSpec;
import io.holdfast.testkit.guest.LoadedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A Linux under emulation whose disk is the agent's NBD export, with ext4 and a load on it, and QEMU's own guest agent. One guest for all
 * tests: each leaves it running and thawed, and the next would notice if it did not.
 */
class AppCheckpointsOfARealGuestTest {
    private static final int DISK_BYTES = 32 << 20;
    private static final String HOOKS = """
            {"machines": [{"vm": "VM",
              "before": {"path": "/etc/holdfast/hooks/before", "arguments": ["it is round one"], "timeoutMs": 3000},
              "after": {"path": "/etc/holdfast/hooks/after"}}]}""";
    private static GuestImage image;
    private static GuestScene scene;

    @BeforeAll
    static void boot(@TempDir Path folder) throws IOException {
        image = GuestImage.build(
                GuestParts.find(),
                GuestScene.EVIDENCE,
                Map.of(
                        "etc/holdfast/hooks/before",
                                "#!/bin/sh\n[ -e /tmp/hang ] && sleep 1000\necho \"$1\" >/disks/a/hook-before\n",
                        "etc/holdfast/hooks/after", "#!/bin/sh\necho HF after >/dev/console\n",
                        "etc/holdfast/hooks/sick", "#!/bin/sh\ntouch /tmp/hang\n",
                        "etc/holdfast/hooks/well", "#!/bin/sh\nrm /tmp/hang\n"));
        scene = new GuestScene(folder, DISK_BYTES, AppCheckpointsOfARealGuestTest::format, HOOKS, files());
        scene.guest.awaitReady(GuestScene.PATIENCE);
        scene.guest.awaitDone(10, GuestScene.PATIENCE);
    }

    private static GuestSpec files() {
        return GuestSpec.running(image, "files");
    }

    private static void format(Path disk) {
        Ext4.create(disk, DISK_BYTES, Optional.empty());
    }

    @AfterAll
    static void end() {
        if (scene != null) {
            scene.close();
        }
    }

    /** The test before may have ended with a guest that still runs its hooks "after". */
    @BeforeEach
    void noOrderIsLeft() {
        awaitNoOrder();
    }

    private static void requireTheGuestGoesOn() {
        scene.guest.awaitDone(scene.guest.done() + 5, GuestScene.PATIENCE);
    }

    @Test
    void anAppCheckpointNeedsNoReplayAndACrashCheckpointDoes(@TempDir Path folder) throws Exception {
        List<Long> freezeMicros = new ArrayList<>();
        for (int round = 1; round <= 4; round++) {
            long before = scene.guest.done();
            CheckpointId crash = scene.agent.cut();
            Path image = scene.imageAt(crash, "crash" + round);
            assertThat(Ext4.judge(image).needsRecovery())
                    .as("a disk in use has a journal to replay")
                    .isTrue();
            Ext4.recover(image);
            LoadedFiles.extract(image, folder.resolve("crash" + round)).requireWholeUpTo(before);

            before = scene.guest.done();
            GuestScene.App app = scene.cutApp();
            freezeMicros.add(app.thawed().getFrozenMicros());
            image = scene.imageAt(app.checkpoint(), "app" + round);
            Judgement clean = Ext4.judge(image);
            assertThat(clean.isClean())
                    .as("app checkpoint %d: %s", round, clean)
                    .isTrue();
            LoadedFiles.extract(image, folder.resolve("app" + round)).requireWholeUpTo(before);
            scene.guest.awaitDone(before + 20, GuestScene.PATIENCE);
        }
        System.out.println("frozen for microseconds: " + freezeMicros);
    }

    @Test
    void hooksRunBeforeTheFreezeAndAfterTheThaw(@TempDir Path folder) throws Exception {
        GuestScene.App app = scene.cutApp();
        scene.guest.awaitLine(Pattern.compile("HF after"), GuestScene.PATIENCE);
        Ext4.extract(scene.imageAt(app.checkpoint(), "hooked"), "/hook-before", folder);
        assertThat(folder.resolve("hook-before")).hasContent("it is round one");
    }

    @Test
    void aHookThatHangsEndsTheOrderInItsTimeAndLeavesTheGuestRunning() throws Exception {
        runInTheGuest("/etc/holdfast/hooks/sick");
        try {
            Frozen refused = scene.agent.awaitFrozen(scene.agent.freeze(GuestScene.LIMIT));
            assertThat(refused.getErrorCode()).isEqualTo("HOOK_FAILED");
            assertThat(refused.getMessage())
                    .contains("/etc/holdfast/hooks/before")
                    .contains("in time");
            assertThat(scene.agent.agent.quiescence().mayBeFrozen()).isZero();
            requireTheGuestGoesOn();
        } finally {
            awaitNoOrder();
            runInTheGuest("/etc/holdfast/hooks/well");
        }
    }

    private static void runInTheGuest(String path) throws GuestAgentException {
        Deadline deadline = Deadline.in(Duration.ofSeconds(30));
        try (GuestAgents.Connection connection =
                new QgaGuestAgents(List.of(scene.sockets)).connect(scene.guest.guestAgentSocket(), deadline)) {
            Hook hook = new Hook(path, List.of(), Duration.ofSeconds(30));
            assertThat(connection.run(hook, deadline).exitCode()).isZero();
        }
    }

    /** Hooks "after" of an order run behind its answer; until then the guest takes no other. */
    private static void awaitNoOrder() {
        Wait.until("no order is left", () -> scene.agent.agent.quiescence().isIdle(), scene.guest::evidence);
    }

    @Test
    void aThawThatNeverComesIsReplacedByTheLimit() {
        CheckpointId forgotten = scene.agent.freeze(Duration.ofSeconds(6));
        CheckpointId second = scene.agent.freeze(GuestScene.LIMIT);
        assertThat(scene.agent.awaitFrozen(second).getErrorCode()).isEqualTo("FREEZE_OUTSTANDING");
        assertThat(scene.agent.awaitFrozen(forgotten).getErrorCode()).isEmpty();
        Thawed expired = scene.agent.awaitThawed(forgotten);
        assertThat(expired.getExpired()).isTrue();
        awaitNoOrder();
        requireTheGuestGoesOn();
    }

    @Test
    void theEndOfTheSessionThawsAtOnce() {
        CheckpointId lost = scene.agent.freeze(GuestScene.LIMIT);
        assertThat(scene.agent.awaitFrozen(lost).getErrorCode()).isEmpty();
        int sessions = scene.agent.router.hellos.size();
        scene.agent.router.kill();
        awaitNoOrder();
        assertThat(scene.agent.agent.quiescence().mayBeFrozen()).isZero();
        requireTheGuestGoesOn();
        Wait.until("a new session", () -> scene.agent.router.hellos.size() > sessions, scene.agent::evidence);
        scene.agent.awaitInSync(scene.volume);
    }

    @Test
    void aGuestThatAKilledAgentLeftFrozenIsThawedByItsNextStart() throws Exception {
        Path log = GuestScene.EVIDENCE.resolve("agent-process.log");
        scene.agent.crash();
        long frozenAt;
        int sessions = scene.agent.router.hellos.size();
        try (AgentProcess first = AgentProcess.start(scene.agent, scene.sockets, log)) {
            awaitOwnProcessInSync(sessions);
            CheckpointId checkpoint = scene.agent.freeze(GuestScene.LIMIT);
            assertThat(scene.agent.awaitFrozen(checkpoint).getErrorCode()).isEmpty();
            first.kill();
            frozenAt = System.nanoTime();
        }
        assertThat(isFrozen()).as("nobody has thawed the guest").isTrue();

        try (AgentProcess _ = AgentProcess.start(scene.agent, scene.sockets, log)) {
            requireTheGuestGoesOn();
            System.out.println("from the kill to writes of the guest in milliseconds: "
                    + Duration.ofNanos(System.nanoTime() - frozenAt).toMillis());
            Path note = scene.agent.state().resolve("frozen");
            Wait.until("the note is taken back", () -> !read(note).contains("qga"), () -> read(note));
        }
        scene.agent.connected();
        scene.agent.awaitInSync(scene.volume);
    }

    /** The agent is another process: only what the router sees of it is known. */
    private static void awaitOwnProcessInSync(int before) {
        Wait.until("its session", () -> scene.agent.router.hellos.size() > before, scene.guest::evidence);
        Wait.until(
                "in sync again",
                () -> {
                    CheckpointId probe = scene.agent.cut();
                    return Wait.within(
                            Duration.ofMillis(500), () -> scene.agent.replica().takeCheckpoint(probe) != null);
                },
                scene.guest::evidence);
    }

    private static boolean isFrozen() throws GuestAgentException {
        Deadline deadline = Deadline.in(Duration.ofSeconds(30));
        try (GuestAgents.Connection connection =
                new QgaGuestAgents(List.of(scene.sockets)).connect(scene.guest.guestAgentSocket(), deadline)) {
            return connection.isFrozen(deadline);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException beingReplaced) {
            return "qga? " + beingReplaced;
        }
    }

    @Test
    void aGuestWithoutAnAgentIsRefusedAndNeverTouched(@TempDir Path folder) throws Exception {
        try (GuestScene mute = new GuestScene(
                folder, DISK_BYTES, AppCheckpointsOfARealGuestTest::format, "", files().withoutGuestAgent())) {
            mute.guest.awaitDone(5, GuestScene.PATIENCE);
            Frozen refused = mute.agent.awaitFrozen(mute.agent.freeze(GuestScene.LIMIT));
            assertThat(refused.getErrorCode()).isEqualTo("NO_GUEST_AGENT");
            assertThat(refused.getMessage()).contains("guest").contains("no answer in time");
            mute.guest.awaitDone(mute.guest.done() + 5, GuestScene.PATIENCE);
        }
    }
}
