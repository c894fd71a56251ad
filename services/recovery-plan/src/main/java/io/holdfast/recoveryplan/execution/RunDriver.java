package io.holdfast.recoveryplan.execution;

import io.holdfast.recoveryplan.execution.RunStore.Lease;
import io.holdfast.recoveryplan.execution.RunStore.LeaseLostException;
import io.holdfast.recoveryplan.run.Failure;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.run.Step;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * The thin runtime around {@link RunScheduler}: store, then act, then store what came of it. One thread drives a run; nothing is
 * remembered here that a restart would miss.
 */
public final class RunDriver {
    /** How soon a command that another instance stored (cancel, finish) is noticed while effects are under way. */
    public static final Duration LOOK_AGAIN = Duration.ofMillis(500);

    private final RunStore store;
    private final RunScheduler scheduler;
    private final StepPerformer work;
    private final Executor performers;
    private final Clock clock;

    /** @param performers runs each effect, usually on a thread of its own */
    public RunDriver(RunStore store, RunScheduler scheduler, StepPerformer work, Executor performers, Clock clock) {
        this.store = store;
        this.scheduler = scheduler;
        this.work = work;
        this.performers = performers;
        this.clock = clock;
    }

    /**
     * Drives the run until it has ended or nothing is due before {@link #LOOK_AGAIN}, then gives the lease back. An exception leaves the lease
     * to its expiry.
     *
     * @throws LeaseLostException if another executor took over
     * @throws InterruptedException when the service stops; effects under way are done again by whoever takes over
     */
    public void drive(Lease lease, Inbox inbox) throws LeaseLostException, InterruptedException {
        Set<String> underWay = new HashSet<>();
        List<Outcome> outcomes = List.of();
        while (true) {
            List<Outcome> reported = outcomes;
            reported.forEach(outcome -> underWay.remove(outcome.stepId()));
            Set<String> known = Set.copyOf(underWay);
            Turn turn = store.turn(lease, run -> scheduler.take(run, reported, known, clock.instant()));
            for (Step step : turn.begin()) {
                underWay.add(step.id());
                performers.execute(() -> perform(turn.run(), step, inbox));
            }
            Duration untilNext = untilNext(turn.nextAt());
            boolean idle = underWay.isEmpty() && untilNext.compareTo(LOOK_AGAIN) > 0;
            if (idle || turn.run().state() instanceof RunState.Ended) {
                store.release(lease);
                return;
            }
            outcomes = inbox.await(underWay.isEmpty() ? untilNext : LOOK_AGAIN);
        }
    }

    private Duration untilNext(Instant nextAt) {
        Instant now = clock.instant();
        // Instant.MAX is farther away than a Duration in milliseconds can say.
        Instant bounded =
                nextAt.isAfter(now.plus(LOOK_AGAIN.multipliedBy(2))) ? now.plus(LOOK_AGAIN.multipliedBy(2)) : nextAt;
        return bounded.isAfter(now) ? Duration.between(now, bounded) : Duration.ZERO;
    }

    private void perform(Run run, Step step, Inbox inbox) {
        try {
            inbox.put(new Outcome.Succeeded(step.id(), work.perform(run, step)));
        } catch (RuntimeException failed) {
            inbox.put(new Outcome.Failed(step.id(), Failure.of(failed)));
        } catch (Error defect) {
            // Reported as well as thrown, so that the run does not wait for ever for a step whose thread died.
            inbox.put(new Outcome.Failed(step.id(), Failure.of(defect)));
            throw defect;
        }
    }
}
