package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.PlanId;
import io.holdfast.kernel.id.RunId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Where runs are kept, for those who order and watch them. Thread-safe. Changes take part in the caller's transaction, or make one of
 * their own; the event about a new state is part of it.
 */
public interface RunRegister {

    /** @throws io.holdfast.kernel.error.HoldfastException {@code TOO_MANY_RUNS} if as many as allowed have not ended */
    void add(Run run);

    Optional<Run> find(RunId id);

    /**
     * Changes a run; its executor takes notice at once.
     *
     * @throws io.holdfast.kernel.error.HoldfastException {@code RUN_NOT_FOUND}, {@code CONCURRENT_MODIFICATION}, and what {@code change} throws
     */
    Run change(RunId id, UnaryOperator<Run> change);

    /**
     * Runs, newest order first.
     *
     * @param after order time and id of the last run of the page before
     */
    List<Run> list(Filter filter, Optional<Place> after, int limit);

    /** Empty fields do not filter. */
    record Filter(Optional<PlanId> planId, Optional<String> state) {}

    record Place(Instant orderedAt, RunId id) {}

    /** The plan's newest TEST of the whole plan that recovered everything and was cleaned up. */
    Optional<Run> lastGoodTest(PlanId planId);

    /** From the order until the last group was ready, of the plan's last runs that recovered everything and have ended, newest first. */
    List<Duration> recoveryTimes(PlanId planId, int limit);
}
