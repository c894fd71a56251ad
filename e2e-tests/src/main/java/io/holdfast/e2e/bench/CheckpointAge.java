package io.holdfast.e2e.bench;

import io.holdfast.e2e.client.ProtectedMachine;
import java.time.Duration;
import java.util.List;

/**
 * The true RPO: every 100 ms, how old the newest checkpoint is that could be recovered at that moment, while a guest writes at a fixed rate.
 *
 * <p>With a checkpoint every N seconds the age runs from the pipeline's delay up to N plus that delay, so it is shown for two intervals.
 */
final class CheckpointAge implements Benchmark {
    private static final int BLOCK_BYTES = 64 << 10;
    private static final int MEGABYTES_PER_SECOND = 50;
    private static final int DEPTH = 8;

    @Override
    public String title() {
        return "checkpoint age while a guest writes %d MB/s".formatted(MEGABYTES_PER_SECOND);
    }

    @Override
    public List<Row> measure(BenchSite site) {
        return List.of(
                age(site, site.loaded(), BenchSite.SHORT_INTERVAL, Budget.atMost(5)),
                age(site, site.steady(), BenchSite.DEFAULT_INTERVAL, Budget.atMost(5)));
    }

    private static Row age(BenchSite site, ProtectedMachine machine, Duration interval, Budget budget) {
        ProtectedMachine.Disk disk = machine.disks().getFirst();
        Pipeline pipeline = site.pipelineOf(machine);
        pipeline.awaitDrained(Duration.ofMinutes(1));
        Disks.settle();
        int rate = MEGABYTES_PER_SECOND * 1_000_000 / BLOCK_BYTES;
        var load = new Fio.Load(BLOCK_BYTES, DEPTH, rate, true, site.options().sustained());
        Samples ages;
        Fio.Result written;
        try (AgeWatch watch = AgeWatch.start(pipeline, Duration.ofMillis(100))) {
            written = site.fio().write(disk.uri(), disk.sizeBytes(), load);
            ages = watch.ages();
        }
        if (written.writesPerSecond() < rate * 0.95) {
            throw new IllegalStateException(
                    "only %.0f of %d writes/s were reached".formatted(written.writesPerSecond(), rate));
        }
        return Row.of(
                        "checkpoint age p99 at %d MB/s of 64 KiB, checkpoint every %d s"
                                .formatted(MEGABYTES_PER_SECOND, interval.toSeconds()),
                        "s",
                        ages.percentile(99),
                        budget)
                .with("p50 s", ages.median())
                .with("largest s", ages.max())
                .with("samples", ages.count())
                .with("MB/s written", written.bytesPerSecond() / 1e6);
    }
}
