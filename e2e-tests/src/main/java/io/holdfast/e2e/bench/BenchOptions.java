package io.holdfast.e2e.bench;

import java.time.Duration;

/**
 * How long and how large. The quick form shows that everything still works and roughly how fast; only the full one is worth quoting.
 *
 * @param pairs of each alternating comparison
 * @param run of one throughput or latency measurement, without its ramp
 * @param sustained of the loads over the whole pipeline
 * @param diskMebibytes of the small disks
 * @param imageMebibytes of the disk that is synced, written and recovered
 * @param opens of points in time
 * @param failovers rehearsed
 * @param ingestMebibytes given to the journal-store alone
 * @param longestHistory of a journal, in changes of 4 KiB
 * @param codecs whether single pieces are timed with JMH as well
 */
record BenchOptions(
        String name,
        int pairs,
        Duration run,
        Duration sustained,
        int diskMebibytes,
        int imageMebibytes,
        int opens,
        int failovers,
        int ingestMebibytes,
        long longestHistory,
        boolean codecs) {
    static final BenchOptions FULL = new BenchOptions(
            "full", 3, Duration.ofSeconds(6), Duration.ofSeconds(20), 512, 1024, 60, 5, 1024, 1_000_000, true);
    static final BenchOptions QUICK = new BenchOptions(
            "quick", 1, Duration.ofSeconds(3), Duration.ofSeconds(8), 128, 256, 20, 2, 256, 200_000, false);
}
