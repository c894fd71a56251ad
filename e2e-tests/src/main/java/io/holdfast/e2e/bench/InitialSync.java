package io.holdfast.e2e.bench;

import io.holdfast.e2e.client.ProtectedMachine;
import java.time.Duration;
import java.util.List;

/**
 * The large disk from the order to protect it until the group is PROTECTED: every byte read, sent, stored in Kafka and applied by the journal,
 * and the first checkpoint listed. This is the first load of a site that was just started: its compilers are part of it. Also protects the other group, for the benchmarks after this one.
 */
final class InitialSync implements Benchmark {
    private static final Duration LIMIT = Duration.ofMinutes(5);

    @Override
    public String title() {
        return "end to end: initial sync of a full disk";
    }

    @Override
    public List<Row> measure(BenchSite site) {
        ProtectedMachine machine = site.loaded();
        Pipeline pipeline = site.pipelineOf(machine);
        long bytes = machine.disks().getFirst().sizeBytes();
        Disks.settle();
        double appliedBefore = pipeline.appliedBytes();
        double untilProtected;
        double untilApplied;
        CpuTimes before;
        try (Sampler head = Sampler.every(Duration.ofMillis(500), pipeline::headLsn)) {
            before = CpuTimes.of(site);
            long ordered = System.nanoTime();
            machine.start();
            Poll.until("the group is PROTECTED", Duration.ofMillis(200), LIMIT, () -> machine.group()
                    .path("lifecycle")
                    .asText()
                    .equals("PROTECTED"));
            untilProtected = Poll.secondsSince(ordered);
            untilApplied = Growth.of(head.samples()).secondsToLast(ordered);
        }
        CpuTimes used = CpuTimes.of(site).minus(before);
        double applied = pipeline.appliedBytes() - appliedBefore;
        site.steady().start();
        site.steady().awaitLifecycle("PROTECTED", LIMIT);
        requireApplied(applied, bytes);
        Row row = Row.of(
                        "end to end, initial sync of %,d MiB random data, start -> PROTECTED".formatted(bytes >> 20),
                        "MB/s",
                        bytes / 1e6 / untilProtected,
                        Budget.atLeast(100))
                .with("seconds to PROTECTED", untilProtected)
                .with("MB/s until all is applied", bytes / 1e6 / untilApplied);
        return List.of(used.perGigabyte(row, bytes));
    }

    /** A pipeline that skipped something would be fast and worthless. */
    static void requireApplied(double applied, long bytes) {
        if (applied < bytes) {
            throw new IllegalStateException(
                    "the journal applied %,.0f bytes of %,d bytes of random data".formatted(applied, bytes));
        }
    }
}
