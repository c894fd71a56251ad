package io.holdfast.e2e.bench;

import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.localsite.part.Part;
import java.time.Duration;
import java.util.List;

/**
 * Guest writes at the rate that the whole pipeline keeps up with: see {@link GuestWriter}.
 *
 * <p>The time counts until the journal has applied the last write, so bytes that only wait in Kafka are not counted as done.
 */
final class SustainedWrites implements Benchmark {
    private static final Duration DRAIN = Duration.ofMinutes(2);

    @Override
    public String title() {
        return "end to end: 64 KiB random writes as fast as the pipeline takes them";
    }

    @Override
    public List<Row> measure(BenchSite site) {
        ProtectedMachine machine = site.loaded();
        Pipeline pipeline = site.pipelineOf(machine);
        pipeline.awaitDrained(DRAIN);
        ProtectedMachine.Disk disk = machine.disks().getFirst();
        // Not measured: until the compilers of four JVMs are done they take more of the machine than the data does.
        new GuestWriter(disk, pipeline, 10).run(site.options().run());
        pipeline.awaitDrained(DRAIN);
        Disks.settle();
        GuestWriter guest = new GuestWriter(disk, pipeline, 11);
        double appliedBefore = pipeline.appliedBytes();
        try (AgeWatch watch = AgeWatch.start(pipeline, Duration.ofMillis(250))) {
            CpuTimes before = CpuTimes.of(site);
            long start = System.nanoTime();
            long bytes = guest.run(site.options().sustained());
            double writing = Poll.secondsSince(start);
            // Before the drain: while the pipeline empties, ages only become better.
            Samples ages = watch.ages();
            double applied;
            try (Sampler head = Sampler.every(Duration.ofMillis(100), pipeline::headLsn)) {
                pipeline.awaitDrained(DRAIN);
                applied = Growth.of(head.samples()).secondsToLast(start);
            }
            CpuTimes used = CpuTimes.of(site).minus(before);
            InitialSync.requireApplied(pipeline.appliedBytes() - appliedBefore, bytes);
            return List.of(
                    used.perGigabyte(
                            Row.of(
                                            "end to end, 64 KiB random guest writes, none missed, until all is applied",
                                            "MB/s",
                                            bytes / 1e6 / applied,
                                            Budget.atLeast(100))
                                    .with("MB/s that the guest wrote", bytes / 1e6 / writing)
                                    .with("seconds behind at the end", applied - writing),
                            bytes),
                    Row.of(
                            "end to end, the agent's processor time for 100 MB of these writes",
                            "s",
                            used.parts().get(Part.REPLICATION_AGENT) / bytes * 1e8,
                            Budget.NONE),
                    Row.of(
                                    "checkpoint age p99 meanwhile, checkpoint every %d s"
                                            .formatted(BenchSite.SHORT_INTERVAL.toSeconds()),
                                    "s",
                                    ages.percentile(99),
                                    Budget.atMost(5))
                            .with("p50 s", ages.median())
                            .with("largest s", ages.max())
                            .with("samples", ages.count()));
        }
    }
}
