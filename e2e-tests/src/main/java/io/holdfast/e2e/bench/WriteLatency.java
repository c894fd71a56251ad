package io.holdfast.e2e.bench;

import io.holdfast.e2e.client.ProtectedMachine;
import java.time.Duration;
import java.util.List;

/**
 * What replication adds to a guest's write at 2,000 writes/s: a protected disk against an unprotected one of the same agent.
 *
 * <p>Queue depth 16 at a fixed rate: at depth 1 a stalled write would hold the next ones back before they are issued, and their waiting
 * would not be counted.
 */
final class WriteLatency implements Benchmark {
    private static final int RATE = 2_000;
    private static final int DEPTH = 16;
    private static final int BLOCK_BYTES = 4096;

    @Override
    public String title() {
        return "write latency at 2,000 writes/s of 4 KiB";
    }

    @Override
    public List<Row> measure(BenchSite site) {
        ProtectedMachine on = site.steady();
        ProtectedMachine off = site.bare();
        var load = new Fio.Load(BLOCK_BYTES, DEPTH, RATE, true, site.options().run());
        Pairs<Fio.Result> pairs = Pairs.alternate(site.options().pairs(), () -> write(site, on, load), () -> {
            site.pipelineOf(on).awaitDrained(Duration.ofMinutes(1));
            return write(site, off, load);
        });
        String against = title() + ", replication on against off, ";
        return List.of(
                pairs.row(against + "p50", "us", Fio.Result::p50Micros, Budget.NONE),
                pairs.row(against + "p99", "us", Fio.Result::p99Micros, Budget.ratioAtMost(1.10))
                        .with("p99.9 us", pairs.medianOurs(Fio.Result::p999Micros))
                        .with("peer p99.9 us", pairs.medianPeer(Fio.Result::p999Micros)));
    }

    private static Fio.Result write(BenchSite site, ProtectedMachine machine, Fio.Load load) {
        ProtectedMachine.Disk disk = machine.disks().getFirst();
        Disks.settle(site.diskOf(machine));
        return requireRate(site.fio().write(disk.uri(), disk.sizeBytes(), load));
    }

    /** Latency at another rate is another measurement: the pair is repeated. */
    private static Fio.Result requireRate(Fio.Result result) {
        if (result.writesPerSecond() < RATE * 0.95) {
            throw new IllegalStateException(
                    "only %.0f of %d writes/s were reached".formatted(result.writesPerSecond(), RATE));
        }
        return result;
    }
}
