package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journalstore.adapter.nbd.Fetchers;
import io.holdfast.journalstore.adapter.nbd.JournalExports;
import io.holdfast.journalstore.adapter.rocksdb.JournalCheck;
import io.holdfast.journalstore.fixture.CommitFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.Fork;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.journalstore.session.RecoverySession;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.client.NbdClient;
import io.holdfast.nbd.server.NbdServer;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Behind a commit nothing is written, and still every point says whose it is (docs/commit-protocol.md, "Each LSN is one lineage's"). */
class PresentAfterCommitTest {
    private static final int SIZE = CommitFixture.SIZE;
    private static final String BRANCH = CommitFixture.BRANCH;

    @TempDir
    Path data;

    private CommitFixture world;
    private byte[] present;
    private byte[] endOfBranch;
    private Fork fork;

    @BeforeEach
    void aCommitBehindWhichNothingIsWritten() throws Exception {
        world = new CommitFixture(data, 53, 90);
        RecoverySession session = world.open(world.checkpoints().get(8));
        byte[] scribbled = new byte[20_000];
        new Random(53).nextBytes(scribbled);
        world.device(session.id()).write(70_000, ByteBuffer.wrap(scribbled), false);
        present = world.read(session.id());
        Lsn head = world.fixture.journal().snapshot().head();
        endOfBranch = world.fixture.readPresent(
                world.fixture.journal().snapshot().manifest().volumes().getFirst());
        assertThat(endOfBranch).isNotEqualTo(present);
        world.pause();
        world.order(session.id());
        world.commitFully(session.id());
        world.fixture.store.sessions().delete(world.scenario.group.pg, session.id());
        fork = world.fixture.journal().fork().orElseThrow();
        assertThat(fork.to()).isEqualTo(head);
    }

    @AfterEach
    void close() {
        world.close();
    }

    /** As after `failover/return`: the sync finds that nothing differs, and a checkpoint is cut. */
    private Checkpoint checkpointOfThePresent() {
        world.scenario.group.state(JournalPolicy.State.REPLICATE);
        world.fixture.store.follow(world.scenario.group.policy());
        TestAgent agent = world.scenario.group.agents.getFirst();
        agent.newEpoch();
        long micros = world.scenario.micros();
        world.fixture.put(agent.batch(
                TestAgent.syncStarted(world.scenario.volume(), micros),
                TestAgent.syncCompleted(world.scenario.volume(), micros)));
        UUID id = UUID.randomUUID();
        world.fixture.put(world.scenario.group.checkpoint(id, nowMicros()));
        return world.fixture
                .points()
                .newest()
                .filter(one -> one.id().value().equals(id))
                .orElseThrow();
    }

    private static long nowMicros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }

    private byte[] read(Point point) throws Exception {
        return world.fixture.read(point, world.scenario.volume());
    }

    private void assertPresentIs(Checkpoint checkpoint) throws Exception {
        for (Point point : List.of(
                new Point.AtCheckpoint(checkpoint.id()),
                new Point.Latest(),
                new Point.AtLsn(checkpoint.lsn()),
                new Point.AtInstant(Instant.now()))) {
            assertThat(read(point)).as("%s", point).isEqualTo(present);
        }
    }

    private void assertBranchIs() throws Exception {
        world.assertBranchIsWhole();
        for (Point point : List.of(new Point.AtLsn(fork.to()), new Point.AtInstant(Instant.now()))) {
            assertThat(read(new Point.OnBranch(BRANCH, point))).as("%s", point).isEqualTo(endOfBranch);
        }
    }

    @Test
    void a_checkpoint_of_the_present_opens_and_has_its_bytes_and_the_branch_its_own() throws Exception {
        Checkpoint checkpoint = checkpointOfThePresent();
        assertThat(checkpoint.lsn()).isEqualTo(Lsn.of(fork.to().value() + 1));
        assertThat(world.checkpoints()).containsExactly(checkpoint);
        assertThat(world.fixture.points().listBranch(BRANCH, Long.MAX_VALUE, 1000))
                .doesNotContain(checkpoint);
        assertPresentIs(checkpoint);
        assertBranchIs();

        world.fixture.crash().catchUp();
        assertPresentIs(checkpoint);
        assertBranchIs();
    }

    @Test
    void it_is_served_over_nbd_beside_the_branch() throws Exception {
        Checkpoint checkpoint = checkpointOfThePresent();
        try (NbdServer server = new NbdServer(new JournalExports(world.fixture.store, _ -> {}, Fetchers.none()))) {
            int port = server.listenTcp("127.0.0.1", 0).getPort();
            assertThat(served(port, checkpoint.id())).isEqualTo(present);
            assertThat(served(port, "latest")).isEqualTo(present);
            assertThat(served(port, "branch:" + BRANCH + ":lsn:" + fork.to())).isEqualTo(endOfBranch);
        }
    }

    private byte[] served(int port, Object point) throws Exception {
        String name = JournalExports.nameOf(world.scenario.group.pg, world.scenario.volume(), point);
        try (NbdClient client = NbdClient.open(new InetSocketAddress("127.0.0.1", port), name)) {
            ByteBuffer bytes = ByteBuffer.allocate(SIZE);
            client.read(0, bytes);
            return bytes.array();
        }
    }

    @Test
    void what_holds_the_present_does_not_hold_the_branch() throws Exception {
        Checkpoint checkpoint = checkpointOfThePresent();
        world.fixture.points().hold(checkpoint.id());
        RecoverySession onIt = world.open(checkpoint);
        assertThat(world.read(onIt.id())).isEqualTo(present);

        world.fixture.journal().forkState().release(BRANCH);
        world.fixture.ageAll(world.now());
        assertThat(world.fixture.journal().files().branch()).doesNotExist();
        assertPresentIs(checkpoint);
        assertThat(world.read(onIt.id())).isEqualTo(present);
        world.fixture.restart();
        assertPresentIs(checkpoint);
        assertThatThrownBy(() -> read(new Point.AtLsn(fork.to())))
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isIn(JournalError.LSN_EXPIRED, JournalError.POINT_ON_BRANCH));
    }

    @Test
    void before_a_sync_has_ended_there_is_no_point_of_the_present_and_an_instant_of_the_branch_says_so() {
        assertRefused(
                JournalError.NOT_CONSISTENT, new Point.AtLsn(Lsn.of(fork.to().value() + 1)));
        assertRefused(JournalError.NOT_CONSISTENT, new Point.AtInstant(Instant.now()));
        assertRefused(JournalError.POINT_ON_BRANCH, new Point.AtInstant(world.now()));
        assertRefused(JournalError.POINT_ON_BRANCH, new Point.AtLsn(fork.to()));
        checkpointOfThePresent();
        assertRefused(JournalError.POINT_ON_BRANCH, new Point.AtInstant(world.now()));
        assertRefused(
                JournalError.POINT_ON_BRANCH,
                new Point.OnBranch(BRANCH, new Point.AtLsn(Lsn.of(fork.to().value() + 1))));
    }

    private void assertRefused(JournalError code, Point point) {
        assertThatThrownBy(() -> read(point))
                .isInstanceOfSatisfying(
                        HoldfastException.class,
                        refused -> assertThat(refused.code()).as("%s", point).isEqualTo(code));
    }

    @Test
    void checks_chain_and_ageing_go_over_the_place_where_a_lineage_begins() throws Exception {
        Checkpoint checkpoint = checkpointOfThePresent();
        assertThat(new JournalCheck(world.fixture.journal()).toTheEnd().findings())
                .isEmpty();
        world.fixture.journal().forkState().release(BRANCH);
        world.fixture.ageAll(world.now());
        TestAgent agent = world.scenario.group.agents.getFirst();
        long micros = nowMicros() + 1;
        world.fixture.put(agent.batch(TestAgent.filled(world.scenario.volume(), 3, 2, 0x5a, micros)));
        world.fixture.put(world.scenario.group.checkpoint(UUID.randomUUID(), micros + 1));
        assertThat(new JournalCheck(world.fixture.journal()).toTheEnd().findings())
                .isEmpty();
        world.fixture.ageAll(Instant.now().plus(30, ChronoUnit.DAYS));
        assertThat(world.fixture.journal().tail()).isGreaterThan(checkpoint.lsn());
        assertThat(world.fixture.journal().liveBytes()).isZero();
        assertThat(new JournalCheck(world.fixture.journal()).toTheEnd().findings())
                .isEmpty();
        byte[] expected = present.clone();
        java.util.Arrays.fill(expected, 3 * 4096, 5 * 4096, (byte) 0x5a);
        assertThat(read(new Point.Latest())).isEqualTo(expected);
    }

    @Test
    void a_second_commit_forks_the_present_that_the_first_one_made() throws Exception {
        Checkpoint checkpoint = checkpointOfThePresent();
        world.fixture.journal().forkState().release(BRANCH);
        world.fixture.ageAll(world.now());
        RecoverySession second = world.open(checkpoint);
        world.device(second.id()).write(0, ByteBuffer.wrap(new byte[] {1, 2, 3}), false);
        byte[] model = world.read(second.id());
        world.pause();
        world.order(second.id());
        world.commitFully(second.id());
        world.fixture.store.sessions().delete(world.scenario.group.pg, second.id());
        Fork next = world.fixture.journal().fork().orElseThrow();
        assertThat(next.from()).isEqualTo(checkpoint.lsn());
        assertThat(next.to()).isEqualTo(checkpoint.lsn());

        Checkpoint newest = checkpointOfThePresent();
        assertThat(read(new Point.AtCheckpoint(newest.id()))).isEqualTo(model);
        assertThat(read(new Point.OnBranch(BRANCH, new Point.Latest()))).isEqualTo(present);
        assertThat(new JournalCheck(world.fixture.journal()).toTheEnd().findings())
                .isEmpty();
    }
}
