package io.holdfast.replicationagent.quiesce;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.replicationagent.quiesce.FreezeFailure.Code;
import io.holdfast.replicationagent.quiesce.QuiesceEvent.AllFrozen;
import io.holdfast.replicationagent.quiesce.QuiesceEvent.AllPrepared;
import io.holdfast.replicationagent.quiesce.QuiesceEvent.AllThawed;
import io.holdfast.replicationagent.quiesce.QuiesceEvent.GuestFailed;
import io.holdfast.replicationagent.quiesce.QuiesceEvent.LimitReached;
import io.holdfast.replicationagent.quiesce.QuiesceEvent.SessionLost;
import io.holdfast.replicationagent.quiesce.QuiesceEvent.ThawOrdered;
import io.holdfast.replicationagent.quiesce.QuiesceState.Freezing;
import io.holdfast.replicationagent.quiesce.QuiesceState.Frozen;
import io.holdfast.replicationagent.quiesce.QuiesceState.Preparing;
import io.holdfast.replicationagent.quiesce.QuiesceState.Refused;
import io.holdfast.replicationagent.quiesce.QuiesceState.Thawed;
import io.holdfast.replicationagent.quiesce.QuiesceState.Thawing;
import io.holdfast.replicationagent.quiesce.QuiesceState.Undoing;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The table of docs/app-consistent.md. */
class QuiesceStateTest {
    private static final FreezeFailure SICK = new FreezeFailure(Code.FREEZE_FAILED, "sick");
    private static final List<QuiesceEvent> EVENTS = List.of(
            new AllPrepared(),
            new AllFrozen(),
            new GuestFailed(SICK),
            new ThawOrdered(),
            new LimitReached(),
            new SessionLost(),
            new AllThawed(false),
            new AllThawed(true));

    private static QuiesceState after(QuiesceEvent... events) {
        QuiesceState state = new Preparing();
        for (QuiesceEvent event : events) {
            state = state.on(event);
        }
        return state;
    }

    private static Optional<Code> codeOf(QuiesceState state) {
        return switch (state) {
            case Undoing(Optional<FreezeFailure> failure) -> failure.map(FreezeFailure::code);
            case Refused(Optional<FreezeFailure> failure) -> failure.map(FreezeFailure::code);
            default -> throw new AssertionError(state + " has no code");
        };
    }

    @Test
    void aFreezeThatSucceedsIsOrderedThawedAndOnTime() {
        assertThat(after(new AllPrepared())).isEqualTo(new Freezing());
        assertThat(after(new AllPrepared(), new AllFrozen())).isEqualTo(new Frozen());
        assertThat(after(new AllPrepared(), new AllFrozen(), new ThawOrdered(), new AllThawed(false)))
                .isEqualTo(new Thawed(false));
    }

    @Test
    void whateverEndsAFreezeButTheOrderMakesItExpired() {
        for (QuiesceEvent early : List.of(new LimitReached(), new SessionLost())) {
            assertThat(after(new AllPrepared(), new AllFrozen(), early)).isEqualTo(new Thawing(true));
            assertThat(after(new AllPrepared(), new AllFrozen(), early, new ThawOrdered(), new AllThawed(false)))
                    .isEqualTo(new Thawed(true));
        }
        assertThat(after(new AllPrepared(), new AllFrozen(), new ThawOrdered(), new AllThawed(true)))
                .as("a guest let go by itself")
                .isEqualTo(new Thawed(true));
    }

    @Test
    void whatFailsBeforeAllAreFrozenIsUndoneWithItsReason() {
        for (QuiesceState from : List.of(new Preparing(), new Freezing())) {
            assertThat(codeOf(from.on(new GuestFailed(SICK)))).contains(Code.FREEZE_FAILED);
            assertThat(codeOf(from.on(new LimitReached()))).contains(Code.FREEZE_TIMED_OUT);
            assertThat(codeOf(from.on(new ThawOrdered()))).contains(Code.FREEZE_TIMED_OUT);
            assertThat(codeOf(from.on(new SessionLost())))
                    .as("nobody to be told")
                    .isEmpty();
        }
    }

    @Test
    void noOrderOfEventsReachesFrozenWithoutAllFrozenNorAnEndWithoutAllThawed() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int run = 0; run < 20_000; run++) {
            QuiesceState state = new Preparing();
            for (int step = 0; step < 12; step++) {
                QuiesceEvent event = EVENTS.get(random.nextInt(EVENTS.size()));
                QuiesceState next = state.on(event);
                if (next instanceof Frozen && !(state instanceof Frozen)) {
                    assertThat(event).as("seed %d", seed).isEqualTo(new AllFrozen());
                    assertThat(state).as("seed %d", seed).isEqualTo(new Freezing());
                }
                boolean ends = next instanceof Refused || next instanceof Thawed;
                if (ends && !next.equals(state)) {
                    assertThat(event).as("seed %d", seed).isInstanceOf(AllThawed.class);
                }
                state = next;
            }
        }
    }
}
