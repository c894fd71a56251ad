package io.holdfast.replicationagent.quiesce;

import io.holdfast.replicationagent.quiesce.FreezeFailure.Code;
import io.holdfast.replicationagent.quiesce.QuiesceEvent.AllFrozen;
import io.holdfast.replicationagent.quiesce.QuiesceEvent.AllPrepared;
import io.holdfast.replicationagent.quiesce.QuiesceEvent.AllThawed;
import io.holdfast.replicationagent.quiesce.QuiesceEvent.GuestFailed;
import io.holdfast.replicationagent.quiesce.QuiesceEvent.LimitReached;
import io.holdfast.replicationagent.quiesce.QuiesceEvent.SessionLost;
import io.holdfast.replicationagent.quiesce.QuiesceEvent.ThawOrdered;
import java.util.Optional;

/** Where one order stands. Pure: the table of docs/app-consistent.md and nothing else. */
sealed interface QuiesceState {
    /** The state after the event; itself where the event changes nothing. */
    QuiesceState on(QuiesceEvent event);

    /** Connecting and hooks "before"; no guest is frozen. */
    record Preparing() implements QuiesceState {
        @Override
        public QuiesceState on(QuiesceEvent event) {
            return event instanceof AllPrepared ? new Freezing() : notYetFrozen(this, event);
        }
    }

    /** Some guests may be frozen. */
    record Freezing() implements QuiesceState {
        @Override
        public QuiesceState on(QuiesceEvent event) {
            return event instanceof AllFrozen ? new Frozen() : notYetFrozen(this, event);
        }
    }

    /** All are frozen, and the router has been told. */
    record Frozen() implements QuiesceState {
        @Override
        public QuiesceState on(QuiesceEvent event) {
            return switch (event) {
                case ThawOrdered _ -> new Thawing(false);
                case LimitReached _, SessionLost _ -> new Thawing(true);
                case AllPrepared _, AllFrozen _, GuestFailed _, AllThawed _ -> this;
            };
        }
    }

    /** What is frozen is thawed, then the router is told why; empty = there is no one to be told. */
    record Undoing(Optional<FreezeFailure> failure) implements QuiesceState {
        @Override
        public QuiesceState on(QuiesceEvent event) {
            return event instanceof AllThawed ? new Refused(failure) : this;
        }
    }

    /** @param expired the thaw began without the router's order */
    record Thawing(boolean expired) implements QuiesceState {
        @Override
        public QuiesceState on(QuiesceEvent event) {
            return event instanceof AllThawed(boolean letGo) ? new Thawed(expired || letGo) : this;
        }
    }

    /** The end of an order that did not come to a freeze of all. */
    record Refused(Optional<FreezeFailure> failure) implements QuiesceState {
        @Override
        public QuiesceState on(QuiesceEvent event) {
            return this;
        }
    }

    /** The end of an order that did. */
    record Thawed(boolean expired) implements QuiesceState {
        @Override
        public QuiesceState on(QuiesceEvent event) {
            return this;
        }
    }

    private static QuiesceState notYetFrozen(QuiesceState now, QuiesceEvent event) {
        return switch (event) {
            case GuestFailed(FreezeFailure failure) -> new Undoing(Optional.of(failure));
            case ThawOrdered _ -> timedOut("the router gave up before all guests were frozen");
            case LimitReached _ -> timedOut("not all guests were frozen within the limit");
            case SessionLost _ -> new Undoing(Optional.empty());
            case AllPrepared _, AllFrozen _, AllThawed _ -> now;
        };
    }

    private static QuiesceState timedOut(String message) {
        return new Undoing(Optional.of(new FreezeFailure(Code.FREEZE_TIMED_OUT, message)));
    }
}
