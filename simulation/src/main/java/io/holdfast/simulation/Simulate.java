package io.holdfast.simulation;

import java.lang.management.ManagementFactory;
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
                "%,d schedules, %,d steps, %,d checkpoints equal the disks; %.0f schedules/s, %.0f for each second of processor time (%.0f with compilers and collector)%n",
                runs, steps, checkpoints, runs / seconds, runs / ownCpuSeconds(), runs / wholeCpuSeconds());
    }

    /** What the one thread took that plays; what else runs on the machine is not in it. */
    private static double ownCpuSeconds() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() / 1e9;
    }

    private static double wholeCpuSeconds() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis() / 1e3;
    }

    private static void show(Simulation.Outcome outcome) {
        outcome.trace().forEach(System.out::println);
        outcome.violation().ifPresent(broken -> {
            System.out.printf("SEED %d: %s%n", outcome.seed(), broken);
            broken.printStackTrace(System.out);
        });
    }
}
