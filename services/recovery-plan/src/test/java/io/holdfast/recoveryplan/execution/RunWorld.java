package io.holdfast.recoveryplan.execution;

import io.holdfast.recoveryplan.dns.FakeDnsMessages;
import io.holdfast.recoveryplan.dns.FakeDnsZones;
import io.holdfast.recoveryplan.execution.RunStore.Lease;
import io.holdfast.recoveryplan.execution.RunStore.LeaseLostException;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepResult;
import io.holdfast.recoveryplan.support.ManualClock;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A run, its store, the journals and one executor after the other, in one thread with a manual clock. Effects that are under way at the same time end in
 * an order that the seed gives. When an executor is killed, its effects that had not begun are kept: {@link #runToEnd} lets them happen after
 * everything else, as requests do that were still in the network when their sender died.
 */
final class RunWorld {
    static final RunLimits LIMITS = new RunLimits(
            3,
            Duration.ofSeconds(1),
            Duration.ofSeconds(8),
            Duration.ofSeconds(1),
            Duration.ofMinutes(30),
            4,
            Duration.ofSeconds(15),
            Duration.ofSeconds(25),
            Duration.ofSeconds(20));
    private static final int MOST_TURNS_OF_EXECUTORS = 2_000;

    final ManualClock clock = new ManualClock(Samples.NOON);
    final FakeJournals journals = new FakeJournals();
    final FakeMachines machines = new FakeMachines(clock);
    final FakeReplication replication = new FakeReplication();
    final FakeOwnerships ownerships = new FakeOwnerships(clock);
    final FakeSources sources = new FakeSources();
    final FakeHooks hooks = new FakeHooks();
    final FakeDnsZones zones = new FakeDnsZones(clock);
    final FakeDnsMessages dnsMessages = new FakeDnsMessages();
    final CrashPoints crash;
    final InMemoryRunStore store;
    private final Random random;
    private final List<Runnable> lateEffects = new ArrayList<>();
    /** Throws when an export is not ready. */
    Consumer<io.holdfast.recoveryplan.run.OpenSession.Export> probe = _ -> {};
    /** Called with the id of a step whose effect begins. */
    Consumer<String> beforeEffect = _ -> {};
    /** When the story is over. */
    Predicate<Run> isOver = run -> run.state() instanceof RunState.Ended;
    /** What the user does whenever nothing is due. */
    Consumer<RunWorld> user = _ -> {};
    /** What the user does at once when an executor has nothing to do, before the time passes until something is due. */
    Consumer<RunWorld> promptUser = _ -> {};

    RunWorld(Run run, CrashPoints crash, long seed) {
        this.crash = crash;
        this.random = new Random(seed);
        this.store = new InMemoryRunStore(run, clock, crash);
        boolean takes = run.order().mode().isFailover();
        journals.mayOpen = pg -> !takes || ownerships.holds(run.id(), pg);
        journals.mayCommit = ownerships::isFinal;
        ownerships.mayReturn = pg -> !machines.runs(pg) && !journals.openNow().contains(pg);
    }

    /** As {@link #runToEnd()}. @param where what a failure says about this world, beside the places that it reached */
    Run runToEnd(String where) {
        try {
            return runToEnd();
        } catch (RuntimeException | AssertionError failed) {
            throw new AssertionError(where + " " + crash.reached(), failed);
        }
    }

    /** @return the run at its end; fails if it does not come to one */
    Run runToEnd() {
        for (int executors = 0; executors < MOST_TURNS_OF_EXECUTORS; executors++) {
            if (isOver.test(store.run())) {
                lateEffects.forEach(Runnable::run);
                return store.run();
            }
            user.accept(this);
            execute();
            promptUser.accept(this);
            Instant due = store.nextAt();
            if (due.isAfter(clock.instant()) && !due.equals(Instant.MAX)) {
                clock.advance(Duration.between(clock.instant(), due));
            }
        }
        throw new AssertionError("the run does not end; it is " + store.run());
    }

    private void execute() {
        Effects effects = new Effects();
        try {
            Optional<Lease> lease = store.acquire(store.run().id());
            if (lease.isEmpty()) {
                clock.advance(InMemoryRunStore.LEASE);
                return;
            }
            driver(effects).drive(lease.get(), effects);
        } catch (CrashPoints.Killed killed) {
            lateEffects.addAll(effects.queued);
        } catch (LeaseLostException | InterruptedException impossible) {
            throw new AssertionError("one executor at a time", impossible);
        }
    }

    RunDriver driver(Effects effects) {
        StepWork work = new StepWork(new StepWork.Parts(
                journals,
                export -> probe.accept(export),
                FakeMachines::hosts,
                machines,
                replication,
                ownerships,
                sources,
                ownerships::words,
                hooks,
                machines,
                new StepWork.Names(zones, dnsMessages),
                clock));
        return new RunDriver(
                store,
                new RunScheduler(LIMITS),
                new CrashingWork(work, crash, step -> beforeEffect.accept(step)).asWork(),
                effects.queued::add,
                clock);
    }

    /** The threads of an executor and the way back from them. */
    final class Effects implements Inbox {
        final List<Runnable> queued = new ArrayList<>();
        private final List<Outcome> reported = new ArrayList<>();

        @Override
        public void put(Outcome outcome) {
            reported.add(outcome);
        }

        @Override
        public List<Outcome> await(Duration atMost) {
            if (queued.isEmpty()) {
                clock.advance(atMost.isPositive() ? atMost : Duration.ofMillis(1));
            } else {
                queued.remove(random.nextInt(queued.size())).run();
                clock.advance(Duration.ofMillis(5));
            }
            List<Outcome> outcomes = List.copyOf(reported);
            reported.clear();
            return outcomes;
        }
    }

    /** Dies before and after each effect. */
    private record CrashingWork(StepWork work, CrashPoints crash, Consumer<String> before) {
        StepPerformer asWork() {
            return this::perform;
        }

        private StepResult perform(Run run, Step step) {
            before.accept(step.id());
            crash.reach("before the effect of " + step.id());
            StepResult result;
            try {
                result = work.perform(run, step);
            } finally {
                crash.reach("after the effect of " + step.id());
            }
            return result;
        }
    }
}
