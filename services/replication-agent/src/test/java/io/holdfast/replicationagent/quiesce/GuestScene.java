package io.holdfast.replicationagent.quiesce;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.AttachVm;
import io.holdfast.proto.v1.Frozen;
import io.holdfast.proto.v1.Thawed;
import io.holdfast.replicationagent.adapter.files.HookSettings;
import io.holdfast.replicationagent.fixture.AgentFixture;
import io.holdfast.replicationagent.fixture.Wait;
import io.holdfast.testkit.guest.GuestDisk;
import io.holdfast.testkit.guest.GuestSpec;
import io.holdfast.testkit.guest.RunningGuest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** An agent that serves one disk to a real guest, and a router in memory that has the replica. */
final class GuestScene implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(120);
    static final Duration LIMIT = Duration.ofSeconds(10);
    /** Stays after the test, for whoever looks for the cause of a failure. */
    static final Path EVIDENCE = Path.of("target", "guests").toAbsolutePath();

    final AgentFixture agent;
    final VolumeId volume = VolumeId.random();
    final Path sockets;
    final RunningGuest guest;
    private final Path folder;

    /**
     * Boots the guest once its disk is in sync.
     *
     * @param disk makes the disk's contents in the file
     * @param hooks contents of the hooks file, {@code VM} standing for the machine's id; empty = none
     */
    GuestScene(Path folder, int diskBytes, Consumer<Path> disk, String hooks, GuestSpec spec) throws IOException {
        this.folder = Files.createDirectories(folder);
        // Named before it is there: the machine is attached before it boots.
        sockets = Files.createTempDirectory("hfapp");
        agent = new AgentFixture(folder.resolve("agent"), diskBytes);
        agent.allowSockets(sockets);
        Path backing = agent.disk("root");
        disk.accept(backing);
        if (!hooks.isEmpty()) {
            Path file = Files.writeString(folder.resolve("hooks.json"), hooks.replace("VM", agent.vm.toString()));
            agent.hooks = new HookSettings(Optional.of(file), HookSettings.NONE.roots());
        }
        boolean booted = false;
        try {
            agent.connected();
            AttachVm order = AttachVm.newBuilder()
                    .setVmId(agent.vm.toString())
                    .setName("guest")
                    .addVolumes(AgentFixture.volume(volume, "root", backing))
                    .setGuestAgentSocket(sockets.resolve("qga").toString())
                    .build();
            assertThat(agent.attach(order).getErrorCode()).isEmpty();
            agent.assign(false, volume);
            agent.awaitInSync(volume);
            // The same port after a restart: the guest's disk comes back to where it was.
            agent.nbdPort = agent.agent.nbdAddress().getPort();
            guest = spec.withFirst(new GuestDisk.NbdTcp("disk0", agent.agent.nbdAddress(), agent.vm + "/" + volume))
                    .withSocketsIn(sockets)
                    .start(EVIDENCE);
            booted = true;
        } finally {
            if (!booted) {
                agent.close();
            }
        }
    }

    /** What an APP checkpoint is: freeze, marker, thaw. */
    record App(CheckpointId checkpoint, Thawed thawed) {}

    /** Cuts an APP checkpoint, as a router does. */
    App cutApp() {
        CheckpointId app = agent.freeze(LIMIT);
        Frozen frozen = agent.awaitFrozen(app);
        assertThat(frozen.getErrorCode()).as(frozen.getMessage()).isEmpty();
        agent.cut(app);
        agent.thaw(app);
        Thawed thawed = agent.awaitThawed(app);
        assertThat(thawed.getExpired()).as("thawed before the order").isFalse();
        return new App(app, thawed);
    }

    /** The volume at the checkpoint, as a file; once for each checkpoint. */
    Path imageAt(CheckpointId checkpoint, String name) throws IOException {
        Wait.until("marker of " + checkpoint, () -> agent.replica().checkpoint(checkpoint) != null, agent::evidence);
        Map<VolumeId, byte[]> volumes = agent.replica().takeCheckpoint(checkpoint);
        return Files.write(folder.resolve(name + ".img"), volumes.get(volume));
    }

    @Override
    public void close() {
        guest.close();
        agent.close();
    }
}
