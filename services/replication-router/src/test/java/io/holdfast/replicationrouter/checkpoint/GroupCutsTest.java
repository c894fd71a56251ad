package io.holdfast.replicationrouter.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.replicationrouter.checkpoint.GroupCuts.Action;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GroupCutsTest {
    private static final Duration INTERVAL = Duration.ofSeconds(5);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final CutLimits LIMITS = new CutLimits(TIMEOUT, Duration.ofMillis(500), Duration.ofSeconds(10));
    private static final Rhythm RHYTHM = Rhythm.crashOnly(INTERVAL);
    private static final StreamPosition MARKER = new StreamPosition(new Epoch(1), new Seq(17));

    private final StreamId stream = new StreamId(AgentId.random(), PgId.random());
    private final GroupCuts cuts = new GroupCuts(LIMITS, CheckpointId::random);
    private final Readiness ready = new Readiness.Ready(Set.of(stream), 2, 7);

    @Test
    void theFirstCutIsOrderedAtOnceAndTheNextAfterTheInterval() {
        CheckpointId first = ordered(tick(0)).id();
        complete(first);
        assertThat(tick(4.9)).isEmpty();
        Cut second = ordered(tick(5));
        assertThat(second.kind()).isEqualTo(Cut.Kind.CRASH);
        assertThat(second.cutAtMicros()).isEqualTo(5_000_000);
        assertThat(second.volumeCount()).isEqualTo(2);
        assertThat(second.policyRevision()).isEqualTo(7);
    }

    @Test
    void whileACutIsOutstandingNoneIsOrdered() {
        ordered(tick(0));
        assertThat(tick(6)).isEmpty();
    }

    @Test
    void aMarkerMakesTheRecordWithTheStreamsPosition() {
        CheckpointId id = ordered(tick(0)).id();
        assertThat(cuts.marker(stream, id, MARKER, 0)).singleElement().satisfies(action -> {
            assertThat(((Action.WriteRecord) action).facts().positions()).isEqualTo(Map.of(stream, MARKER));
        });
        assertThat(cuts.tally().cuts()).as("cut only when Kafka has it").isZero();
        assertThat(cuts.written(id)).containsInstanceOf(Action.Done.class);
        assertThat(cuts.tally().cuts()).isEqualTo(1);
    }

    @Test
    void aMarkerThatComesTwiceOrIsNotOursWritesNothing() {
        CheckpointId id = ordered(tick(0)).id();
        assertThat(cuts.marker(stream, CheckpointId.random(), MARKER, 0)).isEmpty();
        assertThat(cuts.marker(new StreamId(AgentId.random(), stream.pg()), id, MARKER, 0))
                .isEmpty();
        assertThat(cuts.marker(stream, id, MARKER, 0)).isNotEmpty();
        assertThat(cuts.marker(stream, id, MARKER, 0)).isEmpty();
    }

    @Test
    void aLateCutIsDiscardedAndTheNextOneOrdered() {
        CheckpointId late = ordered(tick(0)).id();
        List<Action> actions = tick(10);
        assertThat(actions.getFirst())
                .isInstanceOfSatisfying(Action.Discarded.class, discarded -> assertThat(discarded.why())
                        .isEqualTo(Discard.TIMED_OUT));
        assertThat(ordered(actions).id()).isNotEqualTo(late);
        assertThat(cuts.tally().discards()).isEqualTo(1);
        assertThat(cuts.marker(stream, late, MARKER, 0)).as("the late marker").isEmpty();
    }

    @Test
    void aLostStreamDiscardsTheOrderedCutButNotTheOneOnItsWayToKafka() {
        CheckpointId first = ordered(tick(0)).id();
        assertThat(cuts.streamLost(stream)).singleElement().isInstanceOf(Action.Discarded.class);
        CheckpointId second = ordered(tick(5)).id();
        assertThat(second).isNotEqualTo(first);
        cuts.marker(stream, second, MARKER, 0);
        assertThat(cuts.streamLost(stream)).isEmpty();
        assertThat(cuts.written(second)).isPresent();
    }

    @Test
    void aRecordThatKafkaRefusesIsNoCheckpoint() {
        CheckpointId id = ordered(tick(0)).id();
        cuts.marker(stream, id, MARKER, 0);
        assertThat(cuts.writeFailed(id)).containsInstanceOf(Action.Discarded.class);
        assertThat(cuts.written(id)).isEmpty();
        assertThat(cuts.tally().cuts()).isZero();
    }

    @Test
    void aPersonsCutGoesAheadOfTheTimer() {
        complete(ordered(tick(0)).id());
        UserCut request = request(60);
        cuts.request(request);
        Cut cut = ordered(tick(1));
        assertThat(cut.kind()).isEqualTo(Cut.Kind.USER);
        assertThat(cut.id()).isEqualTo(request.checkpoint());
        assertThat(cut.command()).contains(request.command());
    }

    @Test
    void aPersonsCutThatWasDiscardedIsOrderedAgainUnderTheSameId() {
        UserCut request = request(60);
        cuts.request(request);
        ordered(tick(0));
        cuts.streamLost(stream);
        assertThat(ordered(tick(1)).id()).isEqualTo(request.checkpoint());
    }

    @Test
    void aPersonsCutExpires() {
        complete(ordered(tick(0)).id());
        ordered(tick(5));
        UserCut request = request(6);
        cuts.request(request);
        assertThat(tick(7)).containsExactly(new Action.Expire(request.command()));
    }

    @ParameterizedTest
    @EnumSource(names = {"NOT_IN_SYNC", "PAUSED"})
    void aPersonIsToldAtOnceWhyThereIsNoConsistentPlace(NoCheckpoint reason) {
        UserCut request = request(60);
        cuts.request(request);
        assertThat(cuts.tick(at(0), RHYTHM, new Readiness.Blocked(reason)))
                .containsExactly(new Action.Refuse(request.command(), reason));
    }

    @Test
    void aPersonWaitsForAnAgentThatIsAway() {
        UserCut request = request(60);
        cuts.request(request);
        assertThat(cuts.tick(at(0), RHYTHM, new Readiness.Blocked(NoCheckpoint.AGENT_DISCONNECTED)))
                .isEmpty();
        assertThat(ordered(tick(1)).id()).isEqualTo(request.checkpoint());
    }

    @Test
    void aGroupThatIsGivenUpNamesEveryRequestThatIsNotAnswered() {
        UserCut outstanding = request(60);
        UserCut waiting = request(60);
        cuts.request(outstanding);
        ordered(tick(0));
        cuts.request(waiting);
        assertThat(cuts.abandon()).containsExactly(outstanding, waiting);
        assertThat(cuts.abandon()).isEmpty();
    }

    @Test
    void requestsAreBounded() {
        for (int i = 0; i < GroupCuts.MAX_WAITING; i++) {
            assertThat(cuts.request(request(60))).isTrue();
        }
        assertThat(cuts.request(request(60))).isFalse();
    }

    @Test
    void lateMarkersShowAsTheReason() {
        ordered(tick(0));
        assertThat(cuts.trouble(seconds(4), RHYTHM)).isEmpty();
        assertThat(cuts.trouble(seconds(6), RHYTHM)).contains(NoCheckpoint.WAITING_FOR_MARKER);
    }

    private List<Action> tick(double second) {
        return cuts.tick(at(second), RHYTHM, ready);
    }

    private static GroupCuts.Now at(double second) {
        return new GroupCuts.Now(seconds(second), seconds(second) / 1000);
    }

    private static long seconds(double seconds) {
        return (long) (seconds * 1e9);
    }

    private static Cut ordered(List<Action> actions) {
        return actions.stream()
                .filter(Action.OrderMarker.class::isInstance)
                .map(action -> ((Action.OrderMarker) action).cut())
                .findFirst()
                .orElseThrow(() -> new AssertionError("no cut was ordered: " + actions));
    }

    private void complete(CheckpointId id) {
        cuts.marker(stream, id, MARKER, 0);
        cuts.written(id);
    }

    private static UserCut request(int expiresAtSecond) {
        return new UserCut(CommandId.random(), CheckpointId.random(), Cut.Kind.USER, "n", expiresAtSecond * 1_000_000L);
    }
}
