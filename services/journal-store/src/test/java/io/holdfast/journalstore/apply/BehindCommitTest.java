package io.holdfast.journalstore.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.changestream.Batches;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.change.StreamRecord.Marker;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BehindCommitTest {
    private final TestGroup group = new TestGroup(5);
    private final TestAgent agent = group.agent();
    private final VolumeId volume = group.volume(agent, 1 << 20);
    /** The stream was at seq 100 of epoch 3. */
    private final BehindCommit commit = new BehindCommit(
            Lsn.of(7), Map.of(0, 1L << 20), Map.of(agent.id, new StreamPosition(new Epoch(3), new Seq(100))), false);

    private BehindCommit after(BehindCommit before, long epoch, long first, List<StreamRecord> records) {
        return before.dropped(Batches.open(agent.batch(epoch, first, records).getBatch()));
    }

    private List<StreamRecord> changes(int count) {
        return Collections.nCopies(count, TestAgent.filled(volume, 0, 1, 'c', 5));
    }

    private List<StreamRecord> nothing(int count) {
        return Collections.nCopies(count, TestAgent.syncStarted(volume, 5));
    }

    @ParameterizedTest
    @CsvSource({
        // What the branch has already.
        "3, 90, 11, false",
        "3, 100, 1, false",
        "3, 1, 100, false",
        // Behind it, wholly or in part, of its epoch or another.
        "3, 101, 1, true",
        "3, 95, 7, true",
        "3, 120, 1, true",
        "4, 1, 1, true",
        "4, 5, 1, true",
        "2, 50, 1, true",
    })
    void aChangeThatTheBranchLacksIsMissed(long epoch, long first, int count, boolean missed) {
        assertThat(after(commit, epoch, first, changes(count)).missed()).isEqualTo(missed);
    }

    @ParameterizedTest
    @CsvSource({
        "3, 101, 1, false",
        "3, 95, 20, false",
        "4, 1, 3, false",
        "2, 400, 3, false",
        // Something was left out before them, and nobody knows what.
        "3, 102, 1, true",
        "4, 2, 1, true",
    })
    void whatChangesNothingIsMissedOnlyBehindAHole(long epoch, long first, int count, boolean missed) {
        BehindCommit next = after(commit, epoch, first, nothing(count));
        assertThat(next.missed()).isEqualTo(missed);
        assertThat(next.hasAllOf(0)).isEqualTo(!missed);
    }

    @Test
    void markersOfAQuietGuestFollowEachOtherForEver() {
        BehindCommit now = commit;
        for (int seq = 101; seq < 150; seq++) {
            now = after(now, 3, seq, List.of(new Marker(new CheckpointId(new UUID(1, seq)), 5)));
        }
        assertThat(now.missed()).isFalse();
        assertThat(after(now, 3, 130, nothing(20)).missed()).as("sent again").isFalse();
        assertThat(after(now, 3, 150, changes(1)).missed()).isTrue();
    }

    @Test
    void whatWasMissedStaysMissedAndAVolumeThatWasNotWholeIsNeverKnown() {
        BehindCommit missed = commit.missing();
        assertThat(after(missed, 3, 100, nothing(1)).missed()).isTrue();
        assertThat(missed.hasAllOf(0)).isFalse();
        assertThat(commit.hasAllOf(0)).isTrue();
        assertThat(commit.hasAllOf(1)).isFalse();
    }

    @Test
    void anAgentThatHadSentNothingBeginsWithItsFirstRecord() {
        BehindCommit alone = new BehindCommit(Lsn.of(7), Map.of(), Map.of(), false);
        assertThat(after(alone, 1, 1, nothing(2)).missed()).isFalse();
        assertThat(after(alone, 1, 1, changes(1)).missed()).isTrue();
        assertThat(after(alone, 1, 2, nothing(1)).missed()).isTrue();
    }
}
