package io.holdfast.e2e.bench;

import io.holdfast.e2e.client.ProtectedMachine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** 4 KiB random writes at queue depth 32 through the agent, against {@code nbdkit file} on a file of the same size beside it. */
final class WriteThroughput implements Benchmark {
    private static final int DEPTH = 32;
    private static final int BLOCK_BYTES = 4096;
    private static final Duration DRAIN = Duration.ofMinutes(3);

    private final boolean replicating;

    private WriteThroughput(boolean replicating) {
        this.replicating = replicating;
    }

    /** The machine is attached and not protected. */
    static WriteThroughput captureOnly() {
        return new WriteThroughput(false);
    }

    /** The machine is protected. The guest writes faster than any link takes; the ring overflows and the guest goes on. */
    static WriteThroughput replicating() {
        return new WriteThroughput(true);
    }

    @Override
    public String title() {
        return "4 KiB random write, depth 32, " + (replicating ? "replication on" : "capture only");
    }

    @Override
    public List<Row> measure(BenchSite site) {
        ProtectedMachine machine = replicating ? site.steady() : site.bare();
        ProtectedMachine.Disk disk = machine.disks().getFirst();
        var load =
                new Fio.Load(BLOCK_BYTES, DEPTH, 0, replicating, site.options().run());
        Path peer = Disks.make(site.work().resolve("peer.raw"), site.options().diskMebibytes(), 7);
        try (NbdkitFile nbdkit = NbdkitFile.serve(peer, site.work().resolve("nbdkit.log"))) {
            Pairs<Fio.Result> pairs = Pairs.alternate(
                    site.options().pairs(),
                    () -> {
                        Disks.settle(site.diskOf(machine), peer);
                        return site.fio().write(disk.uri(), disk.sizeBytes(), load);
                    },
                    () -> {
                        if (replicating) {
                            // The resync after the overflow must not run while the peer is measured.
                            site.pipelineOf(machine).awaitDrained(DRAIN);
                        }
                        Disks.settle(site.diskOf(machine), peer);
                        return site.fio().write(nbdkit.uri(), disk.sizeBytes(), load);
                    });
            Row row = pairs.row(
                    title() + ", against nbdkit file",
                    "writes/s",
                    Fio.Result::writesPerSecond,
                    replicating ? Budget.NONE : Budget.ratioAtLeast(0.9));
            return List.of(row.with("p99 us", pairs.medianOurs(Fio.Result::p99Micros))
                    .with("peer p99 us", pairs.medianPeer(Fio.Result::p99Micros)));
        }
    }
}
