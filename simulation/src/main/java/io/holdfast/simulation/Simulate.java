package io.holdfast.simulation;

import java.time.Duration;

/** {@code make simulate}: plays seeds, one after the other, until the time is over or a rule is broken. */
public final class Simulate {
    private Simulate() {}

    /** Arguments: seconds to play, and the first seed; without one the clock gives it. With 0 seconds one seed is played and its trace printed. */
    public static void main(String[] arguments) {
        long seconds = arguments.length > 0 ? Long.parseLong(arguments[0]) : 60;
        long first = arguments.length > 1 ? Long.parseLong(arguments[1]) : System.nanoTime();
        Simulation simulation = new Simulation();
        System.out.printf("first seed %d, %d s%n", first, seconds);
        if (seconds == 0) {
            show(simulation.play(first, true));
            return;
        }
        long start = System.nanoTime();
        long steps = 0;
        long checkpoints = 0;
        long runs = 0;
        long nextReport = start + Duration.ofSeconds(10).toNanos();
        while (System.nanoTime() - start < Duration.ofSeconds(seconds).toNanos()) {
            Simulation.Outcome outcome = simulation.play(first + runs);
            runs++;
            steps += outcome.steps();
            checkpoints += outcome.checkpoints();
            if (outcome.violation().isPresent()) {
                show(outcome);
                System.exit(1);
            }
            if (System.nanoTime() >= nextReport) {
                nextReport += Duration.ofSeconds(10).toNanos();
                report(runs, steps, checkpoints, start);
            }
        }
        report(runs, steps, checkpoints, start);
    }

    private static void report(long runs, long steps, long checkpoints, long start) {
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(
                "%,d schedules, %,d steps, %,d checkpoints equal the disks; %.0f schedules/s, %.0f steps/s%n",
                runs, steps, checkpoints, runs / seconds, steps / seconds);
    }

    private static void show(Simulation.Outcome outcome) {
        outcome.trace().forEach(System.out::println);
        outcome.violation().ifPresent(broken -> {
            System.out.printf("SEED %d: %s%n", outcome.seed(), broken);
            broken.printStackTrace(System.out);
        });
    }
}
