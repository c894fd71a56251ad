package io.holdfast.replicationagent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.change.StreamRecord.SyncStarted;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.ZeroOptions;
import io.holdfast.nbd.client.NbdClient;
import io.holdfast.proto.v1.Assignments;
import io.holdfast.proto.v1.CommandResult;
import io.holdfast.proto.v1.PgAssignment;
import io.holdfast.proto.v1.Reject;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.proto.v1.StreamRedirect;
import io.holdfast.proto.v1.StreamReset;
import io.holdfast.replicationagent.fixture.AgentFixture;
import io.holdfast.replicationagent.fixture.FakeRouter;
import io.holdfast.replicationagent.fixture.Wait;
import io.holdfast.replicationagent.quiesce.QuiesceMeter;
import io.holdfast.replicationagent.stream.StreamSnapshot;
import io.holdfast.replicationagent.stream.SyncState;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent as a whole, against a router over the real protocol. */
class AgentAndRouterTest {
    @TempDir
    Path folder;

    private final VolumeId root = VolumeId.random();

    private static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @Test
    void aDiskIsCopiedWhileAGuestWritesAndThenEveryWriteFollows() throws Exception {
        try (AgentFixture fixture = new AgentFixture(folder)) {
            Path disk = fixture.disk("root.raw");
            byte[] first = random(3 << 20, 1);
            Files.write(disk, first, java.nio.file.StandardOpenOption.WRITE);
            fixture.connected();
            assertThat(fixture.attach(fixture.vm, "web", List.of(AgentFixture.volume(root, "root", disk)))
                            .getOk())
                    .isTrue();
            fixture.assign(false, root);
            BlockDevice guest = fixture.device(root);
            Random random = new Random(7);
            for (int i = 0; i < 500; i++) {
                byte[] data = random(512 * (1 + random.nextInt(40)), i);
                long offset = 512L * random.nextInt((AgentFixture.DISK_BYTES - data.length) / 512);
                guest.write(offset, ByteBuffer.wrap(data), false);
            }
            guest.zero(1 << 20, 300_000, ZeroOptions.DEFAULT);
            guest.trim(5_000_123, 200_000, false);
            fixture.awaitInSync(root);
            guest.write(4096, ByteBuffer.wrap(random(4096, 99)), true);

            CheckpointId checkpoint = fixture.cut();

            Wait.until("checkpoint", () -> fixture.replica().checkpoint(checkpoint) != null, fixture::evidence);
            byte[] expected = Files.readAllBytes(disk);
            byte[] actual = fixture.replica().checkpoint(checkpoint).get(root);
            assertThat(Arrays.mismatch(actual, expected)).isEqualTo(-1);
            assertThat(fixture.router.failures).isEmpty();
        }
    }

    /** A disk with contents, attached, assigned and in sync. */
    private AgentFixture protectedDisk() throws Exception {
        AgentFixture fixture = new AgentFixture(folder);
        Path disk = fixture.disk("root.raw");
        Files.write(disk, random(2 << 20, 5), java.nio.file.StandardOpenOption.WRITE);
        fixture.connected();
        fixture.attach(fixture.vm, "web", List.of(AgentFixture.volume(root, "root", disk)));
        fixture.assign(false, root);
        fixture.awaitInSync(root);
        return fixture;
    }

    private void assertReplicaEqual(AgentFixture fixture) throws Exception {
        byte[] expected = Files.readAllBytes(fixture.disks().resolve("root.raw"));
        assertThat(Arrays.mismatch(fixture.replica().imageOf(root), expected)).isEqualTo(-1);
        assertThat(fixture.router.failures).isEmpty();
    }

    private void awaitDrained(AgentFixture fixture) {
        Wait.until(
                "everything acknowledged",
                () -> fixture.agent.replication().stream(fixture.pg)
                        .orElseThrow()
                        .isDrained(),
                fixture::evidence);
    }

    private static SyncKind lastSync(AgentFixture fixture) {
        return fixture.replica().controls().reversed().stream()
                .filter(SyncStarted.class::isInstance)
                .map(record -> ((SyncStarted) record).kind())
                .findFirst()
                .orElseThrow();
    }

    private void write(AgentFixture fixture, int from, int count) throws Exception {
        for (int i = from; i < from + count; i++) {
            fixture.device(root).write(8192L * (i % 1000), ByteBuffer.wrap(random(4096, i)), false);
        }
    }

    @Test
    void aSessionThatDiesMidBatchIsResumedFromTheLastAcknowledgement() throws Exception {
        try (AgentFixture fixture = protectedDisk()) {
            fixture.router.acknowledge(false);
            write(fixture, 0, 50);
            Wait.until("applied, not acknowledged", () -> fixture.replica().changes() > 0, fixture::evidence);
            int hellos = fixture.router.hellos.size();
            fixture.router.killBeforeBatch(1);
            write(fixture, 50, 50);
            Wait.until("a second session", () -> fixture.router.hellos.size() > hellos, fixture::evidence);
            fixture.router.acknowledge(true);
            write(fixture, 100, 50);
            awaitDrained(fixture);

            assertThat(fixture.router.hellos.getLast().getStreams(0).getEpoch())
                    .isEqualTo(fixture.replica().epoch());
            assertThat(fixture.replica().hasGap()).isFalse();
            assertReplicaEqual(fixture);
        }
    }

    @Test
    void aRouterThatIsAwayTooLongLeadsToBitmapAndThenInSyncAgainWhileTheGuestGoesOn() throws Exception {
        try (AgentFixture fixture = protectedDisk()) {
            fixture.router.acknowledge(false);
            for (int i = 0; i < 80; i++) {
                fixture.device(root).write(65536L * (i % 100), ByteBuffer.wrap(random(65536, i)), false);
            }
            assertThat(fixture.agent.replication().stream(fixture.pg)
                            .orElseThrow()
                            .snapshot()
                            .volumes())
                    .allMatch(volume -> volume.state() instanceof SyncState.Bitmap);
            CheckpointId ignored = fixture.cut();

            fixture.router.acknowledge(true);
            fixture.awaitInSync(root);

            assertThat(lastSync(fixture)).isEqualTo(SyncKind.BITMAP);
            assertThat(fixture.replica().checkpoint(ignored)).isNull();
            assertReplicaEqual(fixture);
        }
    }

    @Test
    void aCrashedAgentSendsOnlyTheRegionsThatItsMapNames() throws Exception {
        try (AgentFixture fixture = protectedDisk()) {
            fixture.awaitWhole(root);
            fixture.router.answer(false);
            write(fixture, 3, 1);
            fixture.crash();
            fixture.router.answer(true);
            long before = fixture.replica().changes();

            fixture.connected();
            fixture.awaitInSync(root);

            assertThat(lastSync(fixture)).isEqualTo(SyncKind.DELTA);
            assertThat(fixture.replica().changes() - before).isBetween(1L, 64L);
            assertReplicaEqual(fixture);
        }
    }

    @Test
    void whatIsNotAcknowledgedStaysMarkedHoweverLongItTakes() throws Exception {
        try (AgentFixture fixture = protectedDisk()) {
            fixture.awaitWhole(root);
            fixture.router.answer(false);
            write(fixture, 3, 1);
            // Two sessions end for lack of answers: more than ten rounds of looking for marks to clear.
            int hellos = fixture.router.hellos.size();
            Wait.until("two more sessions", () -> fixture.router.hellos.size() >= hellos + 2, fixture::evidence);
            fixture.crash();
            fixture.router.answer(true);

            fixture.connected();
            fixture.awaitInSync(root);

            assertThat(lastSync(fixture)).isEqualTo(SyncKind.DELTA);
            assertReplicaEqual(fixture);
        }
    }

    @Test
    void whatIsAcknowledgedIsUnmarkedAfterAWhile() throws Exception {
        try (AgentFixture fixture = protectedDisk()) {
            write(fixture, 0, 1000);

            Wait.until(
                    "no marks",
                    () -> fixture.agent
                                    .machines()
                                    .exports()
                                    .find("web/root")
                                    .orElseThrow()
                                    .volume()
                                    .volume()
                                    .intent()
                                    .markedCount()
                            == 0,
                    fixture::evidence);
        }
    }

    @Test
    void aCleanStopLeavesNothingToSend() throws Exception {
        try (AgentFixture fixture = protectedDisk()) {
            write(fixture, 0, 20);
            awaitDrained(fixture);
            fixture.awaitWhole(root);
            fixture.agent.close();
            long before = fixture.replica().changes();

            fixture.connected();
            fixture.awaitInSync(root);

            assertThat(lastSync(fixture)).isEqualTo(SyncKind.DELTA);
            assertThat(fixture.replica().changes()).isEqualTo(before);
            assertReplicaEqual(fixture);
        }
    }

    @Test
    void anInterruptedInitialSyncIsStartedAgainAsAFullOne() throws Exception {
        try (AgentFixture fixture = new AgentFixture(folder)) {
            Path disk = fixture.disk("root.raw");
            Files.write(disk, random(AgentFixture.DISK_BYTES, 5), java.nio.file.StandardOpenOption.WRITE);
            fixture.connected();
            fixture.attach(fixture.vm, "web", List.of(AgentFixture.volume(root, "root", disk)));
            fixture.router.acknowledgeUpTo(1);
            fixture.assign(false, root);
            Wait.until("a part of the sync", () -> fixture.replica().changes() > 3, fixture::evidence);
            // What was copied already is zeroed: a second initial sync would skip it.
            fixture.device(root).zero(0, 4 << 20, ZeroOptions.DEFAULT);
            fixture.crash();
            fixture.router.acknowledgeUpTo(Long.MAX_VALUE);

            fixture.connected();
            fixture.awaitInSync(root);

            assertThat(lastSync(fixture)).isEqualTo(SyncKind.FULL);
            assertReplicaEqual(fixture);
        }
    }

    @Test
    void aDamagedMapLeadsToAFullSync() throws Exception {
        try (AgentFixture fixture = protectedDisk()) {
            fixture.awaitWhole(root);
            fixture.crash();
            Path map = fixture.state().resolve("volumes").resolve(root + ".intent");
            byte[] bytes = Files.readAllBytes(map);
            bytes[700] ^= 1;
            Files.write(map, bytes);

            fixture.connected();
            fixture.awaitInSync(root);

            assertThat(lastSync(fixture)).isEqualTo(SyncKind.FULL);
            assertReplicaEqual(fixture);
        }
    }

    @Test
    void epochsGrowOverRestarts() throws Exception {
        try (AgentFixture fixture = protectedDisk()) {
            long first = fixture.replica().epoch();
            fixture.crash();
            fixture.connected();
            fixture.awaitInSync(root);

            assertThat(fixture.replica().epoch()).isGreaterThan(first);
        }
    }

    @Test
    void aResetStartsANewEpochThatSendsEverything() throws Exception {
        try (AgentFixture fixture = protectedDisk()) {
            long first = fixture.replica().epoch();
            fixture.router.forgetReplica(fixture.pg);

            fixture.router.send(RouterFrame.newBuilder()
                    .setReset(StreamReset.newBuilder()
                            .setPgId(fixture.pg.toString())
                            .setEpoch(first)
                            .setReason("JOURNAL_REPLACED"))
                    .build());
            Wait.until("a new epoch", () -> fixture.replica().epoch() > first, fixture::evidence);
            fixture.awaitInSync(root);

            assertThat(lastSync(fixture)).isEqualTo(SyncKind.FULL);
            assertReplicaEqual(fixture);
        }
    }

    @Test
    void aPausedGroupSendsNothingAndCatchesUpWhenResumed() throws Exception {
        try (AgentFixture fixture = protectedDisk()) {
            fixture.assign(true, root);
            Wait.until(
                    "paused",
                    () -> fixture.agent.replication().stream(fixture.pg)
                            .orElseThrow()
                            .isPaused(),
                    fixture::evidence);
            long applied = fixture.replica().applied();
            write(fixture, 0, 50);
            int beats = fixture.router.heartbeats.size();
            Wait.until("two heartbeats", () -> fixture.router.heartbeats.size() >= beats + 2, fixture::evidence);
            assertThat(fixture.replica().applied()).isEqualTo(applied);

            fixture.assign(false, root);
            fixture.awaitInSync(root);

            assertReplicaEqual(fixture);
        }
    }

    @Test
    void anUnassignedGroupEndsAndIsSentWholeWhenItComesBack() throws Exception {
        try (AgentFixture fixture = protectedDisk()) {
            fixture.router.assign(Assignments.getDefaultInstance());
            Wait.until("ended", () -> fixture.agent.replication().streams().isEmpty(), fixture::evidence);
            Wait.until("ring given back", () -> fixture.agent.ring().lentBytes() == 0, fixture::evidence);
            write(fixture, 0, 50);

            fixture.assign(false, root);
            Wait.until("begun", () -> !fixture.agent.replication().streams().isEmpty(), fixture::evidence);
            fixture.awaitInSync(root);

            assertThat(lastSync(fixture)).isEqualTo(SyncKind.FULL);
            assertReplicaEqual(fixture);
        }
    }

    @Test
    void aRouterThatFallsSilentIsLeft() throws Exception {
        try (AgentFixture fixture = protectedDisk()) {
            int hellos = fixture.router.hellos.size();

            fixture.router.answer(false);

            Wait.until("another attempt", () -> fixture.router.hellos.size() > hellos, fixture::evidence);
            fixture.router.answer(true);
            write(fixture, 0, 10);
            awaitDrained(fixture);
            assertReplicaEqual(fixture);
        }
    }

    @Test
    void aRejectedAgentWaitsAsLongAsItIsTold() throws Exception {
        try (AgentFixture fixture = new AgentFixture(folder)) {
            fixture.router.reject(Reject.newBuilder()
                    .setCode("AGENT_ALREADY_CONNECTED")
                    .setMessage("there is one")
                    .setRetryAfterMs(1_000)
                    .build());
            fixture.start();
            Wait.until("first hello", () -> !fixture.router.hellos.isEmpty(), fixture::evidence);
            long rejectedAt = System.nanoTime();
            fixture.router.reject(null);

            Wait.until("second hello", () -> fixture.router.hellos.size() > 1, fixture::evidence);

            assertThat(System.nanoTime() - rejectedAt).isGreaterThan(900_000_000L);
        }
    }

    @Test
    void aFrameThatIsTooLargeEndsTheSessionAndNotTheAgent() throws Exception {
        try (AgentFixture fixture = protectedDisk()) {
            int hellos = fixture.router.hellos.size();

            fixture.router.send(RouterFrame.newBuilder()
                    .setReset(StreamReset.newBuilder().setReason("x".repeat(5 << 20)))
                    .build());

            Wait.until("another session", () -> fixture.router.hellos.size() > hellos, fixture::evidence);
            write(fixture, 0, 10);
            awaitDrained(fixture);
            assertReplicaEqual(fixture);
        }
    }

    @Test
    void aMalformedFrameEndsTheSessionAndChangesNothing() throws Exception {
        try (AgentFixture fixture = protectedDisk()) {
            int hellos = fixture.router.hellos.size();

            fixture.router.send(RouterFrame.newBuilder()
                    .setAssignments(Assignments.newBuilder()
                            .addGroups(PgAssignment.newBuilder().setPgId("not an id")))
                    .build());

            Wait.until("another session", () -> fixture.router.hellos.size() > hellos, fixture::evidence);
            assertThat(fixture.agent.replication().streams()).hasSize(1);
        }
    }

    @Test
    void aGroupThatIsRedirectedGoesOnAtTheOtherRouter() throws Exception {
        try (AgentFixture fixture = protectedDisk();
                FakeRouter other = new FakeRouter(fixture.routerTls, AgentFixture.DISK_BYTES)) {
            other.adopt(fixture.pg, fixture.replica());
            other.assign(Assignments.newBuilder()
                    .addGroups(PgAssignment.newBuilder()
                            .setPgId(fixture.pg.toString())
                            .addVolumeIds(root.toString()))
                    .build());
            fixture.router.send(RouterFrame.newBuilder()
                    .setRedirect(StreamRedirect.newBuilder()
                            .setPgId(fixture.pg.toString())
                            .setRouterAddress("127.0.0.1:" + other.port()))
                    .build());
            Wait.until("a session there", other::isConnected, fixture::evidence);
            fixture.router.assign(Assignments.getDefaultInstance());

            write(fixture, 0, 30);
            awaitDrained(fixture);

            assertThat(other.hellos.getFirst().getStreamsList()).hasSize(1);
            assertThat(other.firstSeqs).isNotEmpty();
            assertReplicaEqual(fixture);
        }
    }

    @Test
    void machinesAreServedAgainAfterARestartUnderBothNames() throws Exception {
        try (AgentFixture fixture = protectedDisk()) {
            fixture.crash();

            fixture.connected();

            assertThat(fixture.agent.machines().exports().find("web/root")).isPresent();
            assertThat(fixture.agent.machines().exports().find(fixture.vm + "/" + root))
                    .isPresent();
            Wait.until("inventory", () -> fixture.router.inventories.getLast().getVmsCount() == 1, () -> fixture.router
                    .inventories);
            assertThat(fixture.router
                            .inventories
                            .getLast()
                            .getVms(0)
                            .getVolumes(0)
                            .getProtectable())
                    .isTrue();
        }
    }

    @Test
    void aMachineWhoseDiskIsGoneIsReportedWithItsReason() throws Exception {
        try (AgentFixture fixture = protectedDisk()) {
            fixture.crash();
            Files.delete(fixture.disks().resolve("root.raw"));
            int reports = fixture.router.inventories.size();

            fixture.connected();

            Wait.until(
                    "inventory", () -> fixture.router.inventories.size() > reports, () -> fixture.router.inventories);
            assertThat(fixture.router
                            .inventories
                            .getLast()
                            .getVms(0)
                            .getVolumes(0)
                            .getReasonCode())
                    .isEqualTo("BACKING_MISSING");
        }
    }

    @Test
    void refusedCommandsAreAnsweredWithTheirCode() throws Exception {
        try (AgentFixture fixture = protectedDisk()) {
            Path disk = fixture.disks().resolve("root.raw");
            VolumeId second = VolumeId.random();

            assertThat(fixture.attach(VmId.random(), "b", List.of(AgentFixture.volume(second, "x", disk)))
                            .getErrorCode())
                    .isEqualTo("IN_USE_ELSEWHERE");
            assertThat(fixture.attach(VmId.random(), "b", List.of()).getErrorCode())
                    .isEqualTo("COMMAND_MALFORMED");
            assertThat(fixture.attach(
                                    VmId.random(),
                                    "b",
                                    List.of(AgentFixture.volume(root, "x", fixture.disk("other.raw"))))
                            .getErrorCode())
                    .isEqualTo("ALREADY_ATTACHED");
            assertThat(fixture.attach(fixture.vm, "web", List.of(AgentFixture.volume(root, "root", disk)))
                            .getOk())
                    .as("the same again")
                    .isTrue();
        }
    }

    @Test
    void aMachineWithAClientConnectedIsNotDetached() throws Exception {
        try (AgentFixture fixture = protectedDisk()) {
            CommandResult refused;
            try (NbdClient client = NbdClient.open(fixture.agent.nbdAddress(), fixture.vm + "/" + root)) {
                assertThat(client.size()).isEqualTo(AgentFixture.DISK_BYTES);
                refused = fixture.detach(fixture.vm);
            }

            assertThat(refused.getErrorCode()).isEqualTo("VM_IN_USE");
            Wait.until(
                    "detached once the client is gone",
                    () -> fixture.detach(fixture.vm).getOk(),
                    () -> fixture.router.results);
            assertThat(fixture.agent.machines().exports().all()).isEmpty();
        }
    }

    @Test
    void twoDisksOfAGroupAreConsistentAtAMarker() throws Exception {
        try (AgentFixture fixture = new AgentFixture(folder)) {
            // Of a size that does not overflow however slow the machine is: an order to cut is lost then.
            fixture.ringSize = io.holdfast.kernel.DataSize.ofMiB(128);
            VolumeId data = VolumeId.random();
            fixture.connected();
            fixture.attach(
                    fixture.vm,
                    "db",
                    List.of(
                            AgentFixture.volume(root, "root", fixture.disk("root.raw")),
                            AgentFixture.volume(data, "data", fixture.disk("data.raw"))));
            fixture.assign(false, root, data);
            fixture.awaitInSync(root, data);
            AtomicBoolean stop = new AtomicBoolean();
            Thread guest = Thread.ofPlatform().start(() -> {
                try {
                    for (long n = 1; !stop.get(); n++) {
                        // Not as fast as it can: an overflowing ring has no markers.
                        java.util.concurrent.locks.LockSupport.parkNanos(200_000);
                        fixture.device(root).write(0, ByteBuffer.allocate(4096).putLong(0, n), false);
                        fixture.device(data).write(0, ByteBuffer.allocate(4096).putLong(0, n), false);
                    }
                } catch (java.io.IOException failed) {
                    throw new java.io.UncheckedIOException(failed);
                }
            });
            try {
                for (int i = 0; i < 20; i++) {
                    CheckpointId checkpoint = cutAgainIfTheRingOverflows(fixture, root, data);
                    long onRoot = ByteBuffer.wrap(
                                    fixture.replica().checkpoint(checkpoint).get(root))
                            .getLong(0);
                    long onData = ByteBuffer.wrap(
                                    fixture.replica().checkpoint(checkpoint).get(data))
                            .getLong(0);
                    assertThat(onRoot - onData).isBetween(0L, 1L);
                }
            } finally {
                stop.set(true);
                guest.join();
            }
        }
    }

    /** A marker that meets an overflow is not cut; on a slow machine the ring overflows now and then. */
    private static CheckpointId cutAgainIfTheRingOverflows(AgentFixture fixture, VolumeId... volumes) {
        AtomicReference<CheckpointId> asked = new AtomicReference<>();
        AtomicLong overflowsBefore = new AtomicLong(-1);
        Wait.until(
                "checkpoint",
                () -> {
                    StreamSnapshot now = fixture.agent.replication().stream(fixture.pg)
                            .orElseThrow()
                            .snapshot();
                    boolean inSync = now.volumes().size() == volumes.length
                            && now.volumes().stream().allMatch(volume -> volume.state() instanceof SyncState.InSync);
                    if (inSync && now.overflows() != overflowsBefore.getAndSet(now.overflows())) {
                        asked.set(fixture.cut());
                    }
                    return asked.get() != null && fixture.replica().checkpoint(asked.get()) != null;
                },
                fixture::evidence);
        return asked.get();
    }

    @Test
    void aSecondAgentOnTheSameStateDirectoryDoesNotStart() throws Exception {
        try (AgentFixture fixture = protectedDisk()) {
            assertThatThrownBy(() -> AgentRuntime.start(
                            fixture.settings(fixture.router.port()), "test", _ -> {}, QuiesceMeter.NONE))
                    .isInstanceOfSatisfying(HoldfastException.class, failure -> assertThat(failure.code())
                            .isEqualTo(AgentError.STATE_DIRECTORY_IN_USE));
        }
    }
}
