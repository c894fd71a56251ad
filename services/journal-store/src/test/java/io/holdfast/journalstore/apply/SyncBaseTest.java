package io.holdfast.journalstore.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.changestream.BatchHeader;
import io.holdfast.changestream.OpenedBatch;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.integrity.ChainPlace;
import io.holdfast.journalstore.integrity.Digest;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.Manifest;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.change.StreamRecord.SyncCompleted;
import io.holdfast.kernel.change.StreamRecord.SyncStarted;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.id.VolumeId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A sync on the wrong base would end "in sync" with other bytes than the source: the silent corruption that this rule prevents. */
@DisplayName("The base of a sync")
class SyncBaseTest {
    private final TestGroup group = new TestGroup();
    private final TestAgent agent = group.agent();
    private final VolumeId volume = group.volume(agent, 1 << 20);
    private final ApplyState state = ApplyState.empty(Manifest.create(group.policy(), "test-journal", Instant.EPOCH));
    private long epoch = 1;
    private long seq;

    @Test
    void is_nothing_for_a_new_volume_which_an_initial_sync_may_build_on() {
        begin(SyncKind.INITIAL);
        complete();

        assertThat(state.allInSync()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(
            value = SyncKind.class,
            names = {"DELTA", "BITMAP"})
    void is_not_there_for_a_limited_sync_of_a_volume_that_the_journal_never_had(SyncKind limited) {
        assertThat(begin(limited)).isInstanceOf(BatchVerdict.Gap.class);

        assertThat(needsReset()).contains(GapReason.SYNC_WITHOUT_BASE);
    }

    @ParameterizedTest
    @EnumSource(
            value = SyncKind.class,
            names = {"DELTA", "BITMAP", "FULL"})
    void is_the_replica_once_it_was_whole_also_over_a_restart_of_the_agent(SyncKind kind) {
        inSync();
        newEpoch();

        begin(kind);
        complete();

        assertThat(state.allInSync()).isTrue();
    }

    @Test
    void is_lost_with_a_gap_so_that_an_agent_that_restarts_in_between_cannot_hide_it() {
        inSync();
        state.gap(agent.id, GapReason.RECORD_REFUSED, new Epoch(epoch), new NowhereSink());
        newEpoch();

        assertThat(begin(SyncKind.DELTA)).isInstanceOf(BatchVerdict.Gap.class);
        assertThat(state.allInSync()).isFalse();

        newEpoch();
        begin(SyncKind.FULL);
        complete();
        assertThat(state.allInSync()).isTrue();
    }

    @Test
    void is_lost_for_all_when_kafka_lost_records() {
        inSync();
        state.gapAll(GapReason.KAFKA_RECORDS_LOST, new NowhereSink());
        newEpoch();

        assertThat(begin(SyncKind.DELTA)).isInstanceOf(BatchVerdict.Gap.class);
    }

    @Test
    void is_not_nothing_for_an_agent_that_forgot_what_it_sent() {
        inSync();
        newEpoch();

        assertThat(begin(SyncKind.INITIAL))
                .as("an initial sync leaves out zeroes, and the journal has other bytes there")
                .isInstanceOf(BatchVerdict.Gap.class);
    }

    @Test
    void is_partial_while_an_initial_sync_is_broken_off() {
        begin(SyncKind.INITIAL);
        newEpoch();

        assertThat(begin(SyncKind.INITIAL)).isInstanceOf(BatchVerdict.Gap.class);
        newEpoch();
        assertThat(begin(SyncKind.DELTA)).isInstanceOf(BatchVerdict.Gap.class);
        newEpoch();
        assertThat(begin(SyncKind.FULL)).isInstanceOf(BatchVerdict.Apply.class);
    }

    @Test
    void is_asked_for_by_an_end_without_a_beginning_too() {
        inSync();
        newEpoch();

        assertThat(complete()).isInstanceOf(BatchVerdict.Gap.class);
    }

    @Test
    void is_judged_before_anything_of_the_batch_is_stored() {
        inSync();
        newEpoch();
        Lsn before = state.head();

        apply(TestAgent.filled(volume, 0, 1, 7, 1), new SyncStarted(volume, SyncKind.INITIAL, 1));

        assertThat(state.head()).isEqualTo(before);
    }

    private void inSync() {
        begin(SyncKind.INITIAL);
        complete();
        assertThat(state.allInSync()).isTrue();
    }

    private void newEpoch() {
        epoch++;
        seq = 0;
    }

    private BatchVerdict begin(SyncKind kind) {
        return apply(new SyncStarted(volume, kind, 1));
    }

    private BatchVerdict complete() {
        return apply(new SyncCompleted(volume, 1));
    }

    private BatchVerdict apply(StreamRecord... records) {
        BatchHeader header = new BatchHeader(
                new StreamId(agent.id, group.pg),
                new Epoch(epoch),
                new Seq(seq + 1),
                records.length,
                List.of(volume),
                Optional.empty(),
                1);
        seq += records.length;
        return state.apply(new OpenedBatch(header, List.of(records)), new NowhereSink());
    }

    private Optional<GapReason> needsReset() {
        return state.streams().get(agent.id) instanceof AppliedStream.Gapped gap
                ? Optional.of(gap.reason())
                : Optional.empty();
    }

    /** The rules alone are looked at here. */
    private final class NowhereSink implements ApplySink {
        @Override
        public void change(Lsn lsn, int volumeIndex, StreamRecord.Change change) {}

        @Override
        public void lineageBegins(Lsn lsn, long micros) {}

        @Override
        public void time(long micros, Lsn lsn) {}

        @Override
        public void consistentFrom(Lsn from) {}

        @Override
        public void consistentUntil(Lsn from, Lsn to) {}

        @Override
        public void list(Checkpoint checkpoint) {}

        @Override
        public Digest digest() {
            return ChainPlace.begin(group.pg, 0).digest();
        }
    }
}
