package io.holdfast.replicationrouter.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.replicationrouter.stream.StreamCursor.Broken;
import io.holdfast.replicationrouter.stream.StreamCursor.Following;
import io.holdfast.replicationrouter.stream.StreamCursor.Fresh;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ContinuityTest {
    private final StreamId stream = new StreamId(AgentId.random(), PgId.random());
    private final Continuity continuity = new Continuity();

    @Test
    void withoutAMemoryTheAgentIsBelieved() {
        assertThat(resume(3, 700)).isEqualTo(new Following(new Epoch(3), new Seq(700)));
    }

    @Test
    void aStreamWithoutAnEpochBeginsFresh() {
        assertThat(resume(0, 0)).isEqualTo(new Fresh());
    }

    @Test
    void aSeqOfZeroFollowsNothing() {
        assertThat(resume(3, 0)).isEqualTo(new Broken(new Epoch(3)));
    }

    @Test
    void aResendFromBeforeTheConfirmedPositionIsWelcome() {
        confirmed(3, 100);
        assertThat(resume(3, 40)).isEqualTo(new Following(new Epoch(3), new Seq(40)));
        assertThat(resume(3, 101)).isEqualTo(new Following(new Epoch(3), new Seq(101)));
    }

    @Test
    void aSeqPastWhatKafkaHasIsAGap() {
        confirmed(3, 100);
        assertThat(resume(3, 102)).isEqualTo(new Broken(new Epoch(3)));
    }

    @Test
    void anEpochFromThePastIsRefusedWhetherThisRouterOrTheJournalKnowsBetter() {
        confirmed(3, 100);
        assertThat(resume(2, 1)).isEqualTo(new Broken(new Epoch(3)));
        continuity.journalHas(stream, new Epoch(8));
        assertThat(resume(3, 101)).isEqualTo(new Broken(new Epoch(8)));
    }

    @Test
    void positionsOnlyMoveForward() {
        confirmed(3, 100);
        confirmed(3, 90);
        confirmed(2, 900);
        assertThat(continuity.confirmed(stream)).contains(new StreamPosition(new Epoch(3), new Seq(100)));
    }

    @Test
    void aJournalsWishIsPassedOnOncePerEpochAndSession() {
        assertThat(shouldReset(4, 4)).isTrue();
        assertThat(shouldReset(4, 4)).isFalse();
        assertThat(shouldReset(5, 4)).isFalse();
        assertThat(shouldReset(5, 5)).isTrue();
        continuity.forgetResets(stream::equals);
        assertThat(shouldReset(5, 5)).isTrue();
    }

    @Test
    void whatAnotherRouterMayHaveWrittenIsForgotten() {
        confirmed(3, 100);
        continuity.forget(Set.of(stream.pg()));
        assertThat(resume(2, 500)).isEqualTo(new Following(new Epoch(2), new Seq(500)));
    }

    private void confirmed(long epoch, long seq) {
        continuity.confirmed(stream, new StreamPosition(new Epoch(epoch), new Seq(seq)));
    }

    private StreamCursor resume(long epoch, long next) {
        return continuity.resume(stream, new Epoch(epoch), new Seq(next));
    }

    private boolean shouldReset(long current, long useless) {
        return continuity.shouldReset(stream, new Epoch(current), new Epoch(useless));
    }
}
