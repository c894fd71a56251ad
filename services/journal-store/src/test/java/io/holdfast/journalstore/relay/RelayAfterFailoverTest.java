package io.holdfast.journalstore.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.kernel.change.SyncKind;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a relay does when the site that it stands at has failed over, and how it takes up again what the third site has (docs/extended-replication.md). */
class RelayAfterFailoverTest {
    /** Room for a chunk that differs, and the records around it. */
    private static final long ONE_CHUNK_BYTES = Comparison.CHUNK_BYTES + 4096;

    @TempDir
    Path folder;

    @Test
    void sends_nothing_while_the_machines_run_where_they_were_recovered_and_goes_on_when_the_source_has_them_again()
            throws Exception {
        try (RelayWorld world = new RelayWorld(folder, new Random(21), false)) {
            world.write(100);
            world.checkpoint();
            world.settle();
            world.policy(JournalPolicy.State.FAILED_OVER);

            assertThat(world.pull()).isFalse();
            assertThat(world.relay.status().state()).isEqualTo(new RelayState.Waiting(RelayState.Reason.FAILED_OVER));
            world.newSession();
            assertThat(world.pull()).as("nor in another session").isFalse();

            world.policy(JournalPolicy.State.REPLICATE);
            world.writeBlock(3);
            world.checkpoint();
            world.settle();
            assertThat(world.kinds.getLast()).isEqualTo(SyncKind.DELTA);
            world.compareAll();
        }
    }

    @Test
    void a_copy_that_was_under_way_is_let_go_and_begun_anew() throws Exception {
        try (RelayWorld world = new RelayWorld(folder, new Random(22), false)) {
            world.write(300);
            world.checkpoint();
            world.pull();
            world.deliver();
            world.pull();
            assertThat(world.relay.status().state()).isInstanceOf(RelayState.Copying.class);

            world.policy(JournalPolicy.State.FAILED_OVER);
            assertThat(world.pull()).isFalse();
            world.link.clear();
            world.policy(JournalPolicy.State.REPLICATE);
            world.settle();
            assertThat(world.kinds.getLast()).isEqualTo(SyncKind.FULL);
            world.compareAll();
        }
    }

    @Test
    void a_copy_of_what_the_third_site_has_already_sends_what_differs() throws Exception {
        try (RelayWorld world = new RelayWorld(folder, new Random(23), false)) {
            world.write(400);
            world.checkpoint();
            world.settle();
            world.sessionThatRemembersNothing();
            world.writeSingleBlock(3);
            world.checkpoint();
            world.settle();

            assertThat(world.kinds.getLast())
                    .as("an INITIAL sync is refused where something is")
                    .isEqualTo(SyncKind.FULL);
            assertThat(world.relay.status().sentBytes()).isBetween(4096L, ONE_CHUNK_BYTES);
            world.compareAll();
        }
    }

    @Test
    void goes_on_right_behind_a_commit_with_what_was_committed_also_when_nothing_is_written() throws Exception {
        try (RelayWorld world = new RelayWorld(folder, new Random(25), false)) {
            world.write(200);
            world.checkpoint();
            world.settle();
            long before = world.relay.status().sentBytes();
            world.commitNewest(() -> world.write(50));
            world.settle();
            assertThat(world.kinds.getLast())
                    .as("another lineage: nothing is taken for known")
                    .isEqualTo(SyncKind.FULL);
            assertThat(world.relay.status().sentBytes() - before)
                    .as("C holds what was committed already")
                    .isLessThan(ONE_CHUNK_BYTES);
            world.compareAll();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"NO_SUCH_VOLUME", "JOURNAL_UNAVAILABLE"})
    void a_copy_goes_on_without_answers_and_sends_everything(String refusal) throws Exception {
        try (RelayWorld world = new RelayWorld(folder, new Random(24), false)) {
            world.refusal = refusal;
            world.write(400);
            world.checkpoint();
            world.settle();
            world.compareAll();
            long everything = world.relay.status().sentBytes();
            assertThat(everything).isGreaterThan(10 * ONE_CHUNK_BYTES);

            world.sessionThatRemembersNothing();
            world.settle();
            assertThat(world.relay.status().sentBytes()).isGreaterThan(everything / 2);
            world.compareAll();
        }
    }
}
