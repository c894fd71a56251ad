package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.ErrorCode;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.machine.ForeignCode;
import io.holdfast.recoveryplan.ownership.OwnershipError;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.Step;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;

/**
 * The last checkpoint of a fenced group. One that is not cut is asked for again, because what stood in its way mostly passes: an agent that was killed comes back, and is in sync again
 * some seconds later. Nobody writes behind the fence, so any of them that is listed holds the same bytes.
 *
 * <p>Which ones were asked for follows from the step's beginning alone, so that an executor that takes over asks for the same: the first at once, the next 5 s later, each later one after
 * double the time. All of them are looked at each time; there are at most 8 in ten minutes.
 */
final class FinalCheckpoints {
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
    /** More than a step's longest limit has room for. */
    private static final int MOST = 16;

    /** What a router says of a cut that it does not make now. Anything else stays as it is until a person does something. */
    private static final Set<String> PASSING = Set.of(
            "NOT_IN_SYNC",
            "AGENT_DISCONNECTED",
            "CUT_TIMED_OUT",
            "HOLD_FAILED",
            "WAITING_FOR_MARKER",
            "PARTITION_NOT_OWNED",
            "KAFKA_UNAVAILABLE",
            "ROUTER_STOPPING",
            ForeignCode.EXPIRED);

    private final Ownerships ownerships;
    private final Clock clock;

    FinalCheckpoints(Ownerships ownerships, Clock clock) {
        this.ownerships = ownerships;
        this.clock = clock;
    }

    /**
     * Asks for those that are due, and looks at all.
     *
     * @param key Idempotency-Key of the first one
     * @return one that the journal lists
     * @throws HoldfastException {@code FINAL_CHECKPOINT_PENDING} while none is, retryable as the router's code of one that may be cut later; else that code
     */
    CheckpointId listed(Run run, Step step, PgId pg, String key) {
        int due = due(step);
        HoldfastException not = null;
        for (int number = 0; number < due; number++) {
            CheckpointId id =
                    ownerships.checkpoint(pg, "planned failover " + run.id(), number == 0 ? key : key + "-" + number);
            Ownerships.CheckpointSeen seen = ownerships.look(pg, id);
            if (seen.progress().equals("LISTED")) {
                return id;
            }
            not = why(id, seen);
            if (!not.code().blame().equals(Blame.UNAVAILABLE)) {
                throw not;
            }
        }
        throw not;
    }

    private static HoldfastException why(CheckpointId id, Ownerships.CheckpointSeen seen) {
        if (!seen.progress().equals("FAILED")) {
            return new HoldfastException(
                    OwnershipError.FINAL_CHECKPOINT_PENDING,
                    "the last checkpoint %s is %s %s"
                            .formatted(id, seen.progress(), seen.message())
                            .strip());
        }
        ErrorCode code =
                new ForeignCode(seen.code(), PASSING.contains(seen.code()) ? Blame.UNAVAILABLE : Blame.CONFLICT);
        return new HoldfastException(code, "the last checkpoint failed: " + seen.message());
    }

    private int due(Step step) {
        Instant began = step.progress().firstStartedAt().orElse(clock.instant());
        Duration since = Duration.between(began, clock.instant());
        int due = 1;
        Duration next = FIRST_PAUSE;
        for (Duration pause = FIRST_PAUSE; due < MOST && since.compareTo(next) >= 0; due++) {
            pause = pause.multipliedBy(2);
            next = next.plus(pause);
        }
        return due;
    }
}
