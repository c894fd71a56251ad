package io.holdfast.journalstore.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.kernel.change.SyncKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two real journals, a relay between them, and a router that forwards, marks and acknowledges as the real one does. Whatever happens, a checkpoint
 * that the further journal lists is a checkpoint that the nearer one had, byte for byte, under its true age.
 */
class RelayedJournalTest {
    static Stream<Long> seeds() {
        String given = System.getProperty("holdfast.seed");
        return given != null
                ? Stream.of(given.split(",")).map(Long::valueOf)
                : Stream.of(1L, 2L, new Random().nextLong());
    }

    @TempDir
    Path folder;

    @ParameterizedTest(name = "seed {0}; repeat with -Dholdfast.seed={0}")
    @MethodSource("seeds")
    void every_checkpoint_at_the_third_site_is_one_of_the_second_sites(long seed) throws Exception {
        try (RelayWorld world = new RelayWorld(folder, new Random(seed), true)) {
            for (int step = 0; step < 400; step++) {
                world.randomStep();
            }
            world.settle();
            world.compareAll();
            assertThat(world.marked).as("checkpoints that were compared").isNotEmpty();
        }
    }

    @Test
    void a_session_that_goes_on_sends_what_changed_and_no_more() throws Exception {
        try (RelayWorld world = new RelayWorld(folder, new Random(7), false)) {
            world.write(200);
            world.checkpoint();
            world.settle();
            long before = world.relay.status().sentBytes();
            assertThat(before).isPositive();

            world.newSession();
            world.writeBlock(3);
            world.checkpoint();
            world.settle();

            assertThat(world.kinds.getLast()).isEqualTo(SyncKind.DELTA);
            assertThat(world.relay.status().sentBytes()).isBetween(1L, 60 * 4096L);
            world.compareAll();
        }
    }

    @Test
    void history_that_is_gone_at_the_second_site_is_replaced_by_a_full_copy() throws Exception {
        try (RelayWorld world = new RelayWorld(folder, new Random(8), false)) {
            world.write(100);
            world.checkpoint();
            world.settle();
            for (int i = 0; i < 4; i++) {
                world.write(50);
                world.checkpoint();
                world.micros += Duration.ofHours(1).toNanos() / 1000;
            }
            world.near.ageAll(world.now());
            world.newSession();
            world.settle();
            assertThat(world.kinds.getLast()).isEqualTo(SyncKind.FULL);
            world.compareAll();
        }
    }

    @Test
    void a_journal_that_was_killed_is_waited_for_until_it_has_again_what_the_third_site_has() throws Exception {
        try (RelayWorld world = new RelayWorld(folder, new Random(11), false)) {
            world.crashWithMoreAtTheTarget();

            assertThat(world.pull()).as("sends while its journal is behind").isFalse();
            assertThat(world.relay.status().state())
                    .isEqualTo(new RelayState.Waiting(RelayState.Reason.JOURNAL_BEHIND));

            world.near.catchUp();
            world.writeBlock(3);
            world.checkpoint();
            world.settle();
            assertThat(world.kinds.getLast()).isEqualTo(SyncKind.DELTA);
            world.compareAll();
        }
    }

    @Test
    void a_journal_that_does_not_get_again_what_the_third_site_has_sends_everything_after_a_while() throws Exception {
        try (RelayWorld world = new RelayWorld(folder, new Random(12), false)) {
            world.crashWithMoreAtTheTarget();
            world.pull();

            world.nanos += RelayWorld.BEHIND.toNanos();
            world.pull();

            assertThat(world.relay.status().state()).isInstanceOf(RelayState.Copying.class);
        }
    }

    @Test
    void a_quiet_guest_does_not_make_the_third_site_look_old() throws Exception {
        try (RelayWorld world = new RelayWorld(folder, new Random(9), false)) {
            world.write(10);
            world.checkpoint();
            world.settle();
            world.micros += 5_000_000;
            world.checkpoint();
            world.settle();
            Checkpoint newest = world.far.points().newest().orElseThrow();
            assertThat(newest.cutAtMicros())
                    .isEqualTo(world.near.points().newest().orElseThrow().cutAtMicros());
        }
    }

    @Test
    void no_more_than_the_limit_waits_for_an_acknowledgement() throws Exception {
        try (RelayWorld world = new RelayWorld(folder, new Random(10), false)) {
            world.write(400);
            world.checkpoint();
            world.pull();
            world.deliver();
            world.pull();
            long most = 0;
            while (world.pull()) {
                most = Math.max(most, world.relay.status().unackedBytes());
            }
            assertThat(most).isBetween(RelayWorld.LIMIT_BYTES, RelayWorld.LIMIT_BYTES + (3L << 20));
        }
    }
}
