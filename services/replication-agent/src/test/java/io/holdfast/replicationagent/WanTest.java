package io.holdfast.replicationagent;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.Assignments;
import io.holdfast.proto.v1.Codec;
import io.holdfast.proto.v1.PgAssignment;
import io.holdfast.proto.v1.RateLimit;
import io.holdfast.proto.v1.RateWindow;
import io.holdfast.replicationagent.fixture.AgentFixture;
import io.holdfast.replicationagent.fixture.Wait;
import io.holdfast.replicationagent.flow.LinkLimits;
import io.holdfast.replicationagent.quiesce.QuiesceMeter;
import io.holdfast.replicationagent.stream.StreamSnapshot;
import io.holdfast.replicationagent.stream.SyncState;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.net.WanProxy;
import io.holdfast.testkit.net.WanProxy.Line;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent behind a long line: late, thin, and broken again and again. */
class WanTest {
    private static final long CREDIT_BYTES = 1 << 20;
    private static final Line LATE = new Line(Duration.ofMillis(20), 4 << 20);
    private static final Line THIN = new Line(Duration.ofMillis(20), 32 << 10);

    @TempDir
    Path folder;

    private final VolumeId root = VolumeId.random();

    /** A disk with contents, in sync over the line. */
    private AgentFixture protectedDisk(WanProxy line, AgentFixture fixture) throws Exception {
        Path disk = fixture.disk("root.raw");
        byte[] contents = new byte[1 << 20];
        new Random(5).nextBytes(contents);
        Files.write(disk, contents, StandardOpenOption.WRITE);
        fixture.router.credit(CREDIT_BYTES);
        // A machine that is busy otherwise must not look like a line that is dead.
        fixture.router.heartbeat(Duration.ofSeconds(4));
        fixture.connectTimeout = Duration.ofSeconds(30);
        fixture.agent = AgentRuntime.start(fixture.settings(line.port()), "test", _ -> {}, QuiesceMeter.NONE);
        Eventually.await(
                "the session is open at both ends",
                Duration.ofSeconds(60),
                () -> fixture.router.isConnected() && fixture.agent.uplink().isConnected());
        fixture.attach(fixture.vm, "web", List.of(AgentFixture.volume(root, "root", disk)));
        fixture.assign(false, root);
        fixture.awaitInSync(root);
        return fixture;
    }

    private StreamSnapshot stream(AgentFixture fixture) {
        return fixture.agent.replication().stream(fixture.pg).orElseThrow().snapshot();
    }

    private void assertReplicaEqual(AgentFixture fixture) throws Exception {
        byte[] expected = Files.readAllBytes(fixture.disks().resolve("root.raw"));
        assertThat(Arrays.mismatch(fixture.replica().imageOf(root), expected)).isEqualTo(-1);
        assertThat(fixture.replica().hasGap()).isFalse();
        assertThat(fixture.router.failures).isEmpty();
    }

    @Test
    void overALineThatBreaksAgainAndAgainNothingIsLostAndTheOrderIsKept() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (AgentFixture fixture = new AgentFixture(folder);
                WanProxy line = new WanProxy(fixture.router.port(), LATE)) {
            protectedDisk(line, fixture);
            for (int round = 0; round < 5; round++) {
                for (int i = 0; i < 60; i++) {
                    byte[] data = new byte[512 * (1 + random.nextInt(16))];
                    random.nextBytes(data);
                    // Few places: what comes in another order leaves another picture.
                    fixture.device(root).write(512L * random.nextInt(200), ByteBuffer.wrap(data), false);
                }
                long sessions = fixture.router.hellos.size();
                line.breakConnections();
                Wait.until(
                        "another session, seed " + seed,
                        () -> fixture.router.hellos.size() > sessions,
                        fixture::evidence);
            }
            fixture.awaitInSync(root);
            CheckpointId checkpoint = fixture.cut();
            Wait.until(
                    "checkpoint, seed " + seed,
                    () -> fixture.replica().checkpoint(checkpoint) != null,
                    fixture::evidence);

            assertThat(line.connections()).as("connections, seed %d", seed).isGreaterThanOrEqualTo(6);
            assertReplicaEqual(fixture);
        }
    }

    @Test
    void onALineThatIsTooThinMemoryIsBoundedGuestsGoOnAndItCatchesUpWhenTheLineIsWider() throws Exception {
        try (AgentFixture fixture = new AgentFixture(folder);
                WanProxy line = new WanProxy(fixture.router.port(), LATE)) {
            protectedDisk(line, fixture);
            line.line(THIN);
            long carriedBefore = line.carriedBytes();
            Random random = new Random(3);
            long written = 0;
            for (int i = 0; i < 160; i++) {
                byte[] data = new byte[64 << 10];
                random.nextBytes(data);
                fixture.device(root).write(65536L * random.nextInt(128), ByteBuffer.wrap(data), false);
                written += data.length;
                StreamSnapshot now = stream(fixture);
                assertThat(now.ringUsedBytes()).as("ring").isLessThanOrEqualTo(now.ringLimitBytes());
            }
            assertThat(line.carriedBytes() - carriedBefore)
                    .as("bytes on the line while the guest wrote %d", written)
                    .isLessThan(written);
            assertThat(stream(fixture).volumes())
                    .as("what does not fit into the ring becomes regions")
                    .allMatch(volume -> volume.state() instanceof SyncState.Bitmap);

            line.line(Line.FAST);
            // What is on the thin line already would take its time.
            line.breakConnections();
            fixture.awaitInSync(root);
            assertReplicaEqual(fixture);
        }
    }

    @Test
    void whileTheLinksWindowIsClosedNothingIsSentAndEverythingFollowsWhenItOpens() throws Exception {
        try (AgentFixture fixture = new AgentFixture(folder);
                WanProxy line = new WanProxy(fixture.router.port(), Line.FAST)) {
            protectedDisk(line, fixture);
            fixture.router.assign(assignment(
                    fixture,
                    RateLimit.newBuilder()
                            // From midnight to midnight.
                            .addWindows(RateWindow.newBuilder().setClosed(true))
                            .build()));
            Wait.until(
                    "the window is closed",
                    () -> fixture.agent.uplink().obstacle(fixture.pg) == LinkLimits.Obstacle.LINK_WINDOW_CLOSED,
                    fixture::evidence);
            long changes = fixture.replica().changes();
            byte[] data = new byte[4096];
            for (int i = 0; i < 50; i++) {
                data[0] = (byte) i;
                fixture.device(root).write(4096L * i, ByteBuffer.wrap(data), false);
            }
            int beats = fixture.router.heartbeats.size();
            Wait.until("heartbeats go on", () -> fixture.router.heartbeats.size() >= beats + 2, fixture::evidence);
            assertThat(fixture.replica().changes()).isEqualTo(changes);
            Wait.until("it shows", fixture.agent.uplink()::isHeldBack, fixture::evidence);

            fixture.router.assign(assignment(fixture, RateLimit.getDefaultInstance()));
            fixture.awaitInSync(root);
            assertReplicaEqual(fixture);
        }
    }

    private Assignments assignment(AgentFixture fixture, RateLimit linkRate) {
        return Assignments.newBuilder()
                .addGroups(PgAssignment.newBuilder()
                        .setPgId(fixture.pg.toString())
                        .setPolicyRevision(1)
                        .addVolumeIds(root.toString())
                        .setCodec(Codec.LZ4))
                .setLinkRate(linkRate)
                .build();
    }
}
