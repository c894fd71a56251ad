package io.holdfast.recoveryplan.execution;

import java.time.Duration;
import java.util.List;

/** Outcomes on their way from the threads that perform steps to the one thread that decides about the run. */
public interface Inbox {

    /** Never blocks: a run has at most {@link RunLimits#parallelSteps} steps under way, each reports once. */
    void put(Outcome outcome);

    /**
     * Waits until there is an outcome, somebody calls for attention, or the time is over.
     *
     * @return all outcomes that are there, in their order; may be empty
     * @throws InterruptedException when the service stops
     */
    List<Outcome> await(Duration atMost) throws InterruptedException;
}
