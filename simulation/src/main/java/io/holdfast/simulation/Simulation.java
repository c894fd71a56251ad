package io.holdfast.simulation;

import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Plays schedules. A seed always gives the same one. */
public final class Simulation {
    /** Held: java.util.logging forgets the level of a logger that nobody refers to. */
    private static final List<Logger> QUIET = List.of(
            Logger.getLogger("io.holdfast.replicationagent"), Logger.getLogger("io.holdfast.replicationrouter"));

    private final Mutation mutation;

    public Simulation() {
        this(Mutation.NONE);
    }

    /** @param mutation a rule that every run breaks */
    public Simulation(Mutation mutation) {
        this.mutation = mutation;
        QUIET.forEach(logger -> logger.setLevel(Level.OFF));
    }

    /**
     * What a run showed.
     *
     * @param checkpoints listed and compared
     * @param violation empty = nothing was broken
     */
    public record Outcome(long seed, int steps, long checkpoints, Optional<Throwable> violation, List<String> trace) {}

    /** Plays one seed; when it breaks a rule, once more with a trace. */
    public Outcome play(long seed) {
        Outcome outcome = play(seed, false);
        return outcome.violation().isPresent() ? play(seed, true) : outcome;
    }

    /** @param traced whether the outcome has the trace of the run */
    public Outcome play(long seed, boolean traced) {
        Schedule schedule = new Schedule(seed, traced);
        Run run = new Run(schedule, mutation);
        try {
            long checkpoints = run.play();
            return new Outcome(seed, run.steps(), checkpoints, Optional.empty(), schedule.trace());
        } catch (Exception | AssertionError broken) {
            return new Outcome(seed, run.steps(), 0, Optional.of(broken), schedule.trace());
        }
    }
}
