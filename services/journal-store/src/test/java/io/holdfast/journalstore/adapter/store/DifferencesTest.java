package io.holdfast.journalstore.adapter.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journalstore.apply.FaultPoints;
import io.holdfast.journalstore.differences.Regions;
import io.holdfast.journalstore.fixture.BranchFixture;
import io.holdfast.journalstore.fixture.OldJournal;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.proto.v1.ChangesRecord;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a branch's end and the present differ: what is answered is never less than what is compared byte for byte (docs/known-differences.md). */
class DifferencesTest {
    private static final int REGION = Regions.REGION_BYTES;

    @TempDir
    Path data;

    private final long seed = Long.getLong("holdfast.seed", new Random().nextLong());
    private BranchFixture world;

    @BeforeEach
    void aVolume() {
        world = new BranchFixture(data.resolve("store"), seed);
    }

    @AfterEach
    void close() {
        world.close();
    }

    private void assertCovered(Differences.Answer answer, byte[] present, byte[] branch) {
        assertThat(answer.sizeBytes()).isEqualTo(present.length);
        answer.ranges().requireInside(present.length);
        for (int at = 0; at < present.length; at += REGION) {
            int end = Math.min(present.length, at + REGION);
            if (!Arrays.equals(present, at, end, branch, at, end)) {
                assertThat(answer.ranges().areOutside(at, end))
                        .as("seed %d: the region at %d differs and is not in %s", seed, at, answer.ranges())
                        .isFalse();
            }
        }
    }

    private static long covered(Differences.Answer answer) {
        return answer.ranges().ranges().stream()
                .mapToLong(range -> range.length())
                .sum();
    }

    private void assertRefused(JournalError code, String why, ThrowingCallable call) {
        assertThatThrownBy(call)
                .hasMessageContaining(why)
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(code));
    }

    private void assertUnknown(String why) {
        assertRefused(JournalError.DIFFERENCES_UNKNOWN, why, world::ask);
    }

    /** @return the model of the client's disk */
    private byte[] committed(int behind, int before) throws Exception {
        world.write(20);
        world.openSession();
        world.write(behind);
        byte[] model = world.read(world.device());
        world.scribble(world.device(), model, before, 9000);
        world.commit();
        return model;
    }

    @Test
    void writes_behind_the_point_and_of_the_client_are_in_the_ranges_and_little_else() throws Exception {
        byte[] model = committed(12, 5);
        byte[] branch = world.endOfBranch();
        assertThat(branch).isNotEqualTo(model);
        assertCovered(world.ask(), model, branch);

        for (int round = 0; round < 6; round++) {
            world.scribble(world.device(), model, 3, 9000);
            assertCovered(world.ask(), model, branch);
            world.tick();
            assertCovered(world.ask(), model, branch);
            if (round == 3) {
                world.device().flush();
                world.fixture.crash();
            }
        }
        assertThat(world.read(world.device())).as("seed %d", seed).isEqualTo(model);
        assertThat(world.endOfBranch()).as("seed %d", seed).isEqualTo(branch);
        // 12 changes of which some zero 2 MiB, and 23 writes of the client of at most 3 regions.
        assertThat(covered(world.ask())).as("seed %d: %s", seed, world.ask()).isLessThan(BranchFixture.BYTES);

        world.endSession();
        assertCovered(world.ask(), model, branch);
        world.fixture.restart();
        assertCovered(world.ask(), model, branch);
    }

    @Test
    void where_nobody_wrote_anything_nothing_differs() throws Exception {
        committed(0, 0);
        assertThat(world.ask().ranges()).isEqualTo(Regions.NONE);
        world.device().write(5L * REGION + 100, ByteBuffer.wrap(new byte[] {1}), false);
        assertThat(covered(world.ask())).isEqualTo(REGION);
        world.device().write(BranchFixture.BYTES - 1, ByteBuffer.wrap(new byte[] {1}), false);
        assertThat(covered(world.ask())).as("the last region is a short one").isEqualTo(REGION + 3 * 4096);
    }

    /** The client is stopped for an instant, its disk copied, and goes on; what is asked from then on has to cover that copy, whatever the merge does meanwhile. */
    @Test
    void a_client_that_writes_while_it_is_merged_and_asked_about_is_covered_up_to_the_question() throws Exception {
        byte[] model = committed(10, 10);
        byte[] branch = world.endOfBranch();
        BlockDevice device = world.device();
        ReentrantLock between = new ReentrantLock(true);
        AtomicBoolean stop = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread client = Thread.ofPlatform().start(() -> {
            try {
                while (!stop.get()) {
                    between.lock();
                    try {
                        world.scribble(device, model, 1, 3000);
                    } finally {
                        between.unlock();
                    }
                }
            } catch (Throwable wrong) {
                failure.set(wrong);
            }
        });
        Thread merger = Thread.ofPlatform().start(() -> {
            try {
                while (!stop.get()) {
                    world.fixture.store.commits().step(world.group.pg);
                }
            } catch (Throwable wrong) {
                failure.set(wrong);
            }
        });
        try {
            for (int round = 0; round < 60; round++) {
                between.lock();
                byte[] then;
                try {
                    then = model.clone();
                } finally {
                    between.unlock();
                }
                assertCovered(world.ask(), then, branch);
            }
        } finally {
            stop.set(true);
            client.join();
            merger.join();
        }
        assertThat(failure.get()).as("seed %d", seed).isNull();
        assertThat(world.read(device)).as("seed %d", seed).isEqualTo(model);
        assertThat(world.endOfBranch()).as("seed %d", seed).isEqualTo(branch);
    }

    @Test
    void what_is_merged_between_the_two_looks_is_in_the_ranges() throws Exception {
        byte[] model = committed(0, 3);
        byte[] branch = world.endOfBranch();
        world.scribble(world.device(), model, 10, 9000);
        List<Long> merged = new java.util.ArrayList<>();

        Differences.Answer answer = new Differences(
                        world.fixture.store,
                        (_, _) -> true,
                        () -> merged.add(world.fixture.store.commits().step(world.group.pg)))
                .of(world.group.pg, world.volume, BranchFixture.BRANCH);

        assertThat(merged).singleElement().satisfies(bytes -> assertThat(bytes).isPositive());
        assertCovered(answer, model, branch);
    }

    @Test
    void what_streams_write_behind_the_sessions_end_is_in_the_ranges() throws Exception {
        committed(5, 5);
        byte[] branch = world.endOfBranch();
        world.endSession();
        world.replicateAgain();
        world.fixture.put(world.agent.batch(TestAgent.syncStarted(world.volume, world.micros())));
        world.write(8);
        world.fixture.put(world.agent.batch(TestAgent.syncCompleted(world.volume, world.micros())));
        world.fixture.ageAll(java.time.Instant.now().plusSeconds(100L * 86_400));

        assertCovered(world.ask(), world.fixture.readPresent(world.slot()), branch);
        world.fixture.crash().catchUp();
        assertCovered(world.ask(), world.fixture.readPresent(world.slot()), branch);
    }

    @Test
    void what_a_volume_has_grown_by_is_in_the_ranges() throws Exception {
        committed(0, 0);
        world.endSession();
        world.group.grow(world.volume, BranchFixture.BYTES + 5L * REGION);
        world.fixture.store.follow(world.group.policy());

        Differences.Answer answer = world.ask();

        assertThat(answer.sizeBytes()).isEqualTo(BranchFixture.BYTES + 5L * REGION);
        assertThat(answer.ranges().areOutside(0, BranchFixture.BYTES - 3 * 4096))
                .isTrue();
        assertThat(covered(answer)).isEqualTo(3 * 4096 + 5L * REGION);
    }

    @Test
    void a_branch_that_is_not_there_or_is_not_through_its_merge_is_refused() throws Exception {
        assertRefused(JournalError.BRANCH_NOT_FOUND, BranchFixture.BRANCH, world::ask);
        world.openSession();
        world.write(2);
        world.scribble(world.device(), new byte[BranchFixture.BYTES], 4, 9000);
        world.order();
        world.fixture.store.commits().step(world.group.pg);
        assertUnknown("not through its merge");
        while (true) {
            try {
                world.ask();
                break;
            } catch (HoldfastException merging) {
                assertThat(merging.code()).isEqualTo(JournalError.DIFFERENCES_UNKNOWN);
                world.tick();
            }
        }
        assertRefused(JournalError.VOLUME_NOT_FOUND, "no volume", () -> world.differences()
                .of(world.group.pg, VolumeId.random(), BranchFixture.BRANCH));
        assertRefused(JournalError.BRANCH_NOT_FOUND, "other", () -> world.differences()
                .of(world.group.pg, world.volume, "other"));
        world.fixture.journal().forkState().release(BranchFixture.BRANCH);
        assertRefused(JournalError.BRANCH_NOT_FOUND, BranchFixture.BRANCH, world::ask);
        world.fixture.crash();
        assertRefused(JournalError.BRANCH_NOT_FOUND, BranchFixture.BRANCH, world::ask);
    }

    private ChangesRecord change() {
        return world.agent.batch(TestAgent.filled(world.volume, 3, 1, 'x', world.micros()));
    }

    @Test
    void a_change_that_comes_behind_the_commit_is_not_forgotten() throws Exception {
        committed(5, 2);
        world.ask();
        ChangesRecord late = change();
        world.fixture.log.add(late);
        assertUnknown("has not read everything");
        world.fixture.catchUp();
        assertUnknown("behind the commit");
        world.fixture.crash();
        assertUnknown("has not read everything");
        world.fixture.catchUp();
        assertUnknown("behind the commit");
        world.fixture.restart();
        assertUnknown("behind the commit");
        world.endSession();
        assertUnknown("behind the commit");
    }

    @Test
    void a_change_that_comes_behind_the_sessions_end_is_not_forgotten_either() throws Exception {
        committed(5, 2);
        world.endSession();
        ChangesRecord late = change();
        world.replicateAgain();
        world.fixture.put(world.agent.batch(
                TestAgent.syncStarted(world.volume, world.micros()),
                TestAgent.syncCompleted(world.volume, world.micros())));
        world.ask();
        world.fixture.put(late);
        assertUnknown("behind the commit");
        world.fixture.restart();
        assertUnknown("behind the commit");
    }

    @Test
    void what_changes_nothing_and_what_the_branch_has_may_come_behind_the_commit() throws Exception {
        world.write(3);
        ChangesRecord again = world.fixture.log.getLast();
        committed(5, 2);
        world.fixture.put(again);
        for (int i = 0; i < 5; i++) {
            world.fixture.put(world.agent.batch(TestAgent.syncStarted(world.volume, world.micros())));
            world.fixture.put(world.group.checkpoint(java.util.UUID.randomUUID(), world.micros()));
        }
        world.ask();
        world.fixture.crash().catchUp();
        world.ask();
        world.endSession();
        world.fixture.put(world.agent.batch(TestAgent.syncStarted(world.volume, world.micros())));
        world.fixture.restart();
        world.ask();
        world.agent.seq++;
        world.fixture.put(world.agent.batch(TestAgent.syncStarted(world.volume, world.micros())));
        assertUnknown("behind the commit");
    }

    @Test
    void what_cannot_be_read_or_was_lost_behind_the_commit_may_have_been_a_change() throws Exception {
        committed(5, 2);
        world.fixture.put(ChangesRecord.newBuilder()
                .setPgId(world.group.pg.toString())
                .setBatch(change().getBatch().toBuilder().setBodyLength(7))
                .build());
        assertUnknown("behind the commit");
    }

    @Test
    void records_that_kafka_has_lost_behind_the_commit_may_have_been_changes() throws Exception {
        committed(5, 2);
        world.fixture.journal().kafkaLost(world.fixture.log.size());
        assertUnknown("were lost");
    }

    @Test
    void a_record_of_nobody_in_particular_may_have_been_the_groups() throws Exception {
        committed(5, 2);
        world.fixture.journal().mayHaveMissed(world.fixture.log.size() - 1);
        world.ask();
        world.fixture.journal().mayHaveMissed(world.fixture.log.size());
        assertUnknown("were lost");
    }

    @Test
    void a_gap_before_the_commit_means_that_the_branch_never_had_everything() throws Exception {
        world.openSession();
        world.write(3);
        world.agent.seq++;
        world.fixture.put(change());
        world.commit();
        assertUnknown("not whole");
    }

    @Test
    void a_second_commit_begins_anew() throws Exception {
        committed(5, 2);
        world.fixture.put(change());
        assertUnknown("behind the commit");
        world.endSession();
        world.fixture.journal().forkState().release(BranchFixture.BRANCH);
        world.tick();
        world.replicateAgain();
        world.fixture.put(world.agent.batch(
                TestAgent.syncStarted(world.volume, world.micros()),
                TestAgent.syncCompleted(world.volume, world.micros())));
        byte[] model = committed(6, 4);
        assertCovered(world.ask(), model, world.endOfBranch());
        assertThat(covered(world.ask())).isPositive();
    }

    @Test
    void of_a_commit_that_an_older_version_made_nothing_is_known() throws Exception {
        OldJournal old = new OldJournal(data.resolve("old"));
        old.write();
        old.commit();
        try (JournalStore store = JournalStore.open(
                data.resolve("old"), world.fixture.options(), FaultPoints.NONE, () -> Long.MAX_VALUE)) {
            Differences differences = new Differences(store, (_, _) -> true);
            assertRefused(
                    JournalError.DIFFERENCES_UNKNOWN,
                    "older version",
                    () -> differences.of(old.pg, old.volume, OldJournal.BRANCH));
        }
    }

    @Test
    void an_answer_for_a_volume_that_was_written_everywhere_has_no_more_ranges_than_may_be() throws Exception {
        committed(0, 0);
        List<Integer> regions = new java.util.ArrayList<>();
        for (int region = 0; region < BranchFixture.BYTES / REGION; region++) {
            regions.add(region);
        }
        Collections.shuffle(regions, new Random(seed));
        for (int region : regions) {
            world.device().write((long) region * REGION + 7, ByteBuffer.wrap(new byte[] {9}), false);
        }
        world.tick();
        assertThat(world.ask().ranges().ranges()).hasSize(1);
    }
}
