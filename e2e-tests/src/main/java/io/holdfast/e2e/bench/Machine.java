package io.holdfast.e2e.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/**
 * What it was measured on. Never the machine's name: another one with the same numbers should give the same table.
 *
 * @param cores as the JVM may use them
 */
record Machine(int cores, long memoryMebibytes, String javaVersion) {
    static Machine here() {
        return new Machine(
                Runtime.getRuntime().availableProcessors(),
                kibibytes(Path.of("/proc/meminfo"), "MemTotal:") / 1024,
                Runtime.version().toString());
    }

    /** Reads a line such as {@code VmRSS:   1234 kB} of a file in /proc. */
    static long kibibytes(Path file, String label) {
        try {
            return Files.readAllLines(file).stream()
                    .filter(line -> line.startsWith(label))
                    .mapToLong(line -> Long.parseLong(
                            line.substring(label.length()).replace("kB", "").strip()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException(file + " has no " + label));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** How many cores' worth of time the whole machine spends in the next {@code period}; call it while the bench itself does nothing. */
    static double busyCores(Duration period) {
        long[] before = processorTicks();
        LockSupport.parkNanos(period.toNanos());
        long[] after = processorTicks();
        double total = after[0] - before[0];
        return total == 0 ? 0 : (total - (after[1] - before[1])) / total * here().cores();
    }

    /** All ticks of all processors, and the idle ones among them (idle and iowait). */
    private static long[] processorTicks() {
        try (var lines = Files.lines(Path.of("/proc/stat"))) {
            long[] ticks = Arrays.stream(lines.findFirst().orElseThrow().split(" +"))
                    .skip(1)
                    .mapToLong(Long::parseLong)
                    .toArray();
            // user nice system idle iowait irq softirq steal; the guests' two are part of user and nice.
            return new long[] {Arrays.stream(ticks, 0, 8).sum(), ticks[3] + ticks[4]};
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    @Override
    public String toString() {
        return "%d cores, %.1f GiB of memory, Java %s".formatted(cores, memoryMebibytes / 1024.0, javaVersion);
    }
}
