package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journalstore.adapter.tool.JournalTool;
import io.holdfast.journalstore.fixture.CommitFixture;
import io.holdfast.journalstore.fixture.Scenario;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.journalstore.session.RecoverySession;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.NbdException;
import io.holdfast.nbd.ZeroOptions;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commit, rollback and branches (docs/commit-protocol.md). */
class CommitTest {
    private static final int SIZE = CommitFixture.SIZE;
    private static final String BRANCH = CommitFixture.BRANCH;

    @TempDir
    Path data;

    private CommitFixture world;
    private final long seed = Long.getLong("holdfast.seed", new Random().nextLong());
    private final Random random = new Random(seed);

    @BeforeEach
    void aHistory() {
        world = new CommitFixture(data, 31, 90);
    }

    @AfterEach
    void close() {
        world.close();
    }

    private void scribble(BlockDevice device, byte[] model, int writes) throws Exception {
        for (int i = 0; i < writes; i++) {
            int offset = random.nextInt(SIZE);
            int length = Math.min(SIZE - offset, random.nextInt(random.nextInt(4) == 0 ? 200_000 : 9000) + 1);
            if (random.nextInt(6) == 0) {
                device.zero(offset, length, ZeroOptions.DEFAULT);
                Arrays.fill(model, offset, offset + length, (byte) 0);
            } else {
                byte[] bytes = new byte[length];
                random.nextBytes(bytes);
                device.write(offset, ByteBuffer.wrap(bytes), false);
                System.arraycopy(bytes, 0, model, offset, length);
            }
        }
    }

    private void assertRefused(JournalError code, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(HoldfastException.class, failure -> assertThat(failure.code())
                .isEqualTo(code));
    }

    private void release() {
        world.fixture.journal().forkState().release(BRANCH);
    }

    @Test
    void a_committed_session_becomes_the_volume_and_the_later_history_a_branch() throws Exception {
        List<Checkpoint> all = world.checkpoints();
        RecoverySession session = world.open(all.get(8));
        byte[] model = world.read(session.id());
        scribble(world.device(session.id()), model, 30);
        world.pause();
        world.order(session.id());
        assertThat(world.state(session.id())).isEqualTo(RecoverySession.State.COMMITTING);
        world.commitFully(session.id());

        assertThat(world.read(session.id())).as("seed %d", seed).isEqualTo(model);
        assertThat(world.present()).as("seed %d", seed).isEqualTo(model);
        world.assertBranchIsWhole();
        assertThat(world.checkpoints())
                .as("the new lineage has no checkpoint yet")
                .isEmpty();
        assertThat(world.fixture.points().listBranch(BRANCH, Long.MAX_VALUE, 1000))
                .as("the branch has the chosen one and what came after it")
                .extracting(Checkpoint::id)
                .containsExactlyElementsOf(
                        all.subList(0, 9).stream().map(Checkpoint::id).toList());
        assertThat(world.fixture.journal().snapshot().manifest().lineage()).hasSize(2);

        scribble(world.device(session.id()), model, 60);
        assertThat(world.read(session.id()))
                .as("writes in place, seed %d", seed)
                .isEqualTo(model);
        world.assertBranchIsWhole();
        world.tick();
        world.device(session.id()).flush();
        world.fixture.crash();
        assertThat(world.state(session.id())).isEqualTo(RecoverySession.State.COMMITTED);
        assertThat(world.read(session.id())).as("after a crash, seed %d", seed).isEqualTo(model);
        world.assertBranchIsWhole();
    }

    @Test
    void a_released_branch_frees_its_space_and_the_volume_stays() throws Exception {
        RecoverySession session = world.open(world.checkpoints().get(6));
        byte[] model = world.read(session.id());
        scribble(world.device(session.id()), model, 20);
        world.pause();
        world.order(session.id());
        world.commitFully(session.id());
        assertThat(world.fixture.journal().liveBytes()).as("a branch counts").isPositive();

        release();
        world.fixture.ageAll(world.now());
        assertThat(world.fixture.journal().liveBytes()).isZero();
        assertThat(world.fixture.journal().files().branch()).doesNotExist();
        assertThat(world.read(session.id())).as("seed %d", seed).isEqualTo(model);
        scribble(world.device(session.id()), model, 20);
        assertThat(world.present()).as("seed %d", seed).isEqualTo(model);
        assertRefused(
                JournalError.BRANCH_NOT_FOUND,
                () -> world.fixture.points().open(new Point.OnBranch(BRANCH, new Point.Latest())));
        assertRefused(JournalError.POINT_ON_BRANCH, () -> world.fixture
                .points()
                .open(new Point.AtLsn(
                        world.fixture.journal().fork().orElseThrow().to())));
        world.device(session.id()).flush();
        world.fixture.restart();
        assertThat(world.read(session.id())).as("seed %d", seed).isEqualTo(model);
    }

    @Test
    void an_open_view_of_the_branch_keeps_it_from_being_released() throws Exception {
        RecoverySession session = world.open(world.checkpoints().get(6));
        world.pause();
        world.order(session.id());
        world.commitFully(session.id());
        try (var view = world.fixture.points().open(new Point.OnBranch(BRANCH, new Point.Latest()))) {
            assertThat(view.checkpoint()).isPresent();
            assertRefused(JournalError.HISTORY_IN_USE, this::release);
            world.fixture.ageAll(world.now());
            world.assertBranchIsWhole();
        }
        release();
        world.fixture.ageAll(world.now());
        assertThat(world.fixture.journal().liveBytes()).isZero();
    }

    @Test
    void a_rollback_leaves_everything_as_if_the_session_had_never_been() throws Exception {
        List<Checkpoint> all = world.checkpoints();
        RecoverySession session = world.open(all.get(5));
        scribble(world.device(session.id()), new byte[SIZE], 20);
        world.pause();
        world.order(session.id());
        for (int twice = 0; twice < 2; twice++) {
            assertThat(world.fixture
                            .store
                            .commits()
                            .rollback(world.scenario.group.pg, session.id())
                            .state())
                    .isEqualTo(RecoverySession.State.ROLLED_BACK);
        }
        world.tick();

        world.scenario.group.state(JournalPolicy.State.REPLICATE);
        world.fixture.store.follow(world.scenario.group.policy());
        for (int i = 0; i < 10; i++) {
            world.fixture.put(world.scenario.next());
        }
        assertThat(world.checkpoints()).hasSizeGreaterThan(all.size()).containsAll(all);
        for (Checkpoint checkpoint : world.checkpoints()) {
            assertThat(Scenario.sums(
                            world.fixture.read(new Point.AtCheckpoint(checkpoint.id()), world.scenario.volume())))
                    .isEqualTo(world.scenario.expected.get(checkpoint.id().value()));
        }
        assertThat(world.fixture.store.sessions().count()).isZero();
    }

    @Test
    void a_commit_is_refused_while_anything_still_needs_what_it_would_take_away() throws Exception {
        RecoverySession session = world.open(world.checkpoints().get(3));
        assertRefused(JournalError.REPLICATION_RUNS, () -> world.order(session.id()));
        world.pause();
        RecoverySession older = world.open(world.checkpoints().get(5));
        assertRefused(JournalError.HISTORY_IN_USE, () -> world.order(session.id()));
        world.fixture.store.sessions().delete(world.scenario.group.pg, older.id());
        Checkpoint held = world.checkpoints().get(7);
        world.fixture.points().hold(held.id());
        assertRefused(JournalError.HISTORY_IN_USE, () -> world.order(session.id()));
        world.fixture.points().release(held.id());
        world.order(session.id());
        world.order(session.id());
        assertRefused(
                JournalError.COMMIT_RUNS,
                () -> world.fixture.store.sessions().delete(world.scenario.group.pg, session.id()));
        world.tick();
        assertRefused(
                JournalError.COMMIT_IS_FINAL,
                () -> world.fixture.store.commits().rollback(world.scenario.group.pg, session.id()));
        world.commitFully(session.id());
        RecoverySession onBranch = world.fixture
                .store
                .sessions()
                .create(new Sessions.Order(
                        world.scenario.group.pg, new Point.OnBranch(BRANCH, new Point.Latest()), "", ""));
        assertRefused(JournalError.BRANCH_RETAINED, () -> world.order(onBranch.id()));
    }

    @Test
    void what_uses_the_history_after_the_order_only_delays_the_commit() throws Exception {
        RecoverySession session = world.open(world.checkpoints().get(3));
        Checkpoint older = world.checkpoints().get(9);
        world.pause();
        world.order(session.id());
        try (var view = world.fixture.points().open(new Point.AtCheckpoint(older.id()))) {
            world.tick();
            assertThat(world.problem(session.id())).contains(view.lsn().toString());
            assertThat(world.fixture.journal().fork()).isEmpty();
        }
        world.commitFully(session.id());
        world.assertBranchIsWhole();
    }

    @Test
    void a_client_that_writes_all_the_time_loses_nothing_while_the_commit_goes_on() throws Exception {
        RecoverySession session = world.open(world.checkpoints().get(8));
        byte[] model = world.read(session.id());
        BlockDevice device = world.device(session.id());
        scribble(device, model, 20);
        world.pause();
        world.order(session.id());
        AtomicBoolean stop = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread client = Thread.ofPlatform().start(() -> {
            try {
                while (!stop.get()) {
                    scribble(device, model, 1);
                    int offset = random.nextInt(SIZE - 5000);
                    ByteBuffer window = ByteBuffer.allocate(5000);
                    device.read(offset, window);
                    assertThat(window.array()).isEqualTo(Arrays.copyOfRange(model, offset, offset + 5000));
                }
            } catch (Throwable wrong) {
                failure.set(wrong);
            }
        });
        try {
            world.commitFully(session.id());
            for (int i = 0; i < 20; i++) {
                world.tick();
                world.assertBranchIsWhole();
            }
        } finally {
            stop.set(true);
            client.join();
        }
        assertThat(failure.get()).as("seed %d", seed).isNull();
        assertThat(world.read(session.id())).as("seed %d", seed).isEqualTo(model);
        world.device(session.id()).flush();
        world.fixture.crash();
        assertThat(world.read(session.id())).as("after a crash, seed %d", seed).isEqualTo(model);
        world.assertBranchIsWhole();
    }

    private byte[] hashes(TestAgent agent) {
        StreamPosition begun = new StreamPosition(new Epoch(agent.epoch), new Seq(agent.seq));
        return world.fixture
                .store
                .hashes()
                .of(new HeadHashes.Question(
                        world.scenario.group.pg, agent.id, world.scenario.volume(), begun, 0, SIZE, 4096));
    }

    private static byte[] hashes(byte[] image) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] all = new byte[image.length / 4096 * 32];
        for (int block = 0; block < image.length / 4096; block++) {
            byte[] bytes = Arrays.copyOfRange(image, block * 4096, (block + 1) * 4096);
            if (!Arrays.equals(bytes, new byte[4096])) {
                System.arraycopy(digest.digest(bytes), 0, all, block * 32, 32);
            }
        }
        return all;
    }

    @Test
    void after_the_session_has_ended_a_full_sync_begins_the_new_lineage() throws Exception {
        RecoverySession session = world.open(world.checkpoints().get(8));
        byte[] model = world.read(session.id());
        scribble(world.device(session.id()), model, 20);
        world.pause();
        world.order(session.id());
        world.commitFully(session.id());
        TestGroup group = world.scenario.group;
        TestAgent agent = group.agents.getFirst();
        group.state(JournalPolicy.State.REPLICATE);
        world.fixture.store.follow(group.policy());

        agent.newEpoch();
        long micros = world.scenario.micros();
        world.fixture.put(agent.batch(TestAgent.syncStarted(world.scenario.volume(), micros)));
        assertThat(world.fixture.journal().snapshot().hasGap())
                .as("a live session has the volumes")
                .isTrue();
        BlockDevice device = world.device(session.id());
        world.fixture.store.sessions().delete(group.pg, session.id());
        assertThatThrownBy(() -> device.read(0, ByteBuffer.allocate(1))).isInstanceOf(NbdException.class);
        assertThat(world.present()).as("seed %d", seed).isEqualTo(model);

        agent.newEpoch();
        world.fixture.put(agent.batch(TestAgent.syncStarted(world.scenario.volume(), micros)));
        assertThat(hashes(agent)).as("what a sync compares with, seed %d", seed).isEqualTo(hashes(model));
        world.fixture.put(agent.batch(
                TestAgent.filled(world.scenario.volume(), 3, 2, 0x5a, micros),
                TestAgent.syncCompleted(world.scenario.volume(), micros)));
        Arrays.fill(model, 3 * 4096, 5 * 4096, (byte) 0x5a);
        world.fixture.put(group.checkpoint(UUID.randomUUID(), micros + 1));
        assertThat(world.checkpoints()).hasSize(1);
        assertThat(world.fixture.read(new Point.Latest(), world.scenario.volume()))
                .as("seed %d", seed)
                .isEqualTo(model);
        world.assertBranchIsWhole();
        world.fixture.crash();
        world.fixture.catchUp();
        world.assertBranchIsWhole();
        release();
        world.fixture.ageAll(world.now());
        assertThat(world.fixture.read(new Point.Latest(), world.scenario.volume()))
                .as("seed %d", seed)
                .isEqualTo(model);
        assertThat(world.fixture.journal().files().branch()).doesNotExist();
        assertThat(world.checkpoints()).hasSize(1);
    }

    @Test
    void the_offline_check_finds_a_committed_journal_with_a_branch_in_order() throws Exception {
        RecoverySession session = world.open(world.checkpoints().get(8));
        scribble(world.device(session.id()), new byte[SIZE], 20);
        world.pause();
        world.order(session.id());
        world.commitFully(session.id());
        world.close();
        StringWriter said = new StringWriter();
        int exit = JournalTool.commandLine().setOut(new PrintWriter(said)).execute("verify", data.toString());
        assertThat(exit).as(said.toString()).isZero();
        world.fixture.start();
        world.assertBranchIsWhole();
    }
}
