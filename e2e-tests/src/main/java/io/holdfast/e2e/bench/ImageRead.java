package io.holdfast.e2e.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.tools.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A recovery image read from end to end with nbdcopy, against {@code nbdkit file} on a raw copy of it.
 *
 * <p>The disk has no hole and no zero block, so both sides move every byte. The page cache is warm for both: each was read at least once
 * before. Blocks that the guest wrote since the initial sync come out of the journal, the others out of the replica image. Before anything is timed the copy is compared with the source's disk: a fast image with wrong bytes counts
 * as a failure.
 */
final class ImageRead implements Benchmark {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @Override
    public String title() {
        return "sequential read of a recovery image";
    }

    @Override
    public List<Row> measure(BenchSite site) {
        ProtectedMachine machine = site.loaded();
        site.pipelineOf(machine).awaitDrained(LIMIT);
        JsonNode checkpoint = machine.awaitCheckpointAfter(Instant.now(), LIMIT);
        String image = Recovery.uri(site, checkpoint);
        Path copy = site.work().resolve("recovered.raw");
        Command.run(LIMIT, "nbdcopy", image, copy.toString());
        requireEqual(site.diskOf(machine), copy);
        double megabytes = machine.disks().getFirst().sizeBytes() / 1e6;
        Disks.settle();
        try (NbdkitFile nbdkit = NbdkitFile.serve(copy, site.work().resolve("nbdkit.log"))) {
            Pairs<Double> pairs = Pairs.alternate(
                    site.options().pairs(), () -> megabytes / read(image), () -> megabytes / read(nbdkit.uri()));
            return List.of(pairs.row(
                    "recovery image of %,.0f MB read with nbdcopy, against nbdkit file on a raw copy"
                            .formatted(megabytes),
                    "MB/s",
                    Double::doubleValue,
                    Budget.ratioAtLeast(0.5)));
        } finally {
            delete(copy);
        }
    }

    private static double read(String uri) {
        long start = System.nanoTime();
        Command.run(LIMIT, "nbdcopy", uri, "null:");
        return Poll.secondsSince(start);
    }

    private static void requireEqual(Path source, Path copy) {
        try {
            long different = Files.mismatch(source, copy);
            if (different >= 0) {
                throw new IllegalStateException("the recovered image differs from the disk at byte " + different);
            }
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
