package io.holdfast.e2e.bench;

import io.holdfast.localsite.part.Part;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory of every part after all the load before, as the kernel counts it: the resident set of a JVM; of PostgreSQL, whose processes share
 * their buffers, the proportional set of all of them.
 */
final class ResidentMemory implements Benchmark {
    @Override
    public String title() {
        return "resident memory";
    }

    @Override
    public List<Row> measure(BenchSite site) {
        List<Row> rows = new ArrayList<>();
        for (Part part : Part.values()) {
            if (site.parts().has(part)) {
                rows.add(row(site, part));
            }
        }
        return rows;
    }

    private static Row row(BenchSite site, Part part) {
        String what = "resident memory of " + part;
        long pid = site.parts().pid(part);
        if (part == Part.POSTGRES) {
            return Row.of(what, "MiB", tree(pid) / 1024.0, budget(part));
        }
        Path status = Path.of("/proc", Long.toString(pid), "status");
        return Row.of(what, "MiB", Machine.kibibytes(status, "VmRSS:") / 1024.0, budget(part))
                .with("largest ever MiB", Machine.kibibytes(status, "VmHWM:") / 1024.0);
    }

    private static Budget budget(Part part) {
        return switch (part) {
            case REPLICATION_AGENT -> Budget.atMost(256 + BenchSite.RING_MEBIBYTES);
            case REPLICATION_ROUTER -> Budget.atMost(512);
            case JOURNAL_STORE -> Budget.atMost(1024 + BenchSite.JOURNAL_CACHE_MEBIBYTES);
            case INVENTORY, PROTECTION_GROUP, RECOVERY_PLAN -> Budget.atMost(256);
            // Other people's engines: no budget of ours.
            case KAFKA, POSTGRES -> Budget.NONE;
        };
    }

    private static long tree(long pid) {
        ProcessHandle root =
                ProcessHandle.of(pid).orElseThrow(() -> new IllegalStateException("process " + pid + " is gone"));
        long own = proportional(pid);
        return own
                + root.descendants()
                        .mapToLong(child -> proportional(child.pid()))
                        .sum();
    }

    private static long proportional(long pid) {
        Path file = Path.of("/proc", Long.toString(pid), "smaps_rollup");
        try {
            return Machine.kibibytes(file, "Pss:");
        } catch (UncheckedIOException ended) {
            // A database session may end between the listing and this look.
            if (Files.exists(file)) {
                throw ended;
            }
            return 0;
        }
    }
}
