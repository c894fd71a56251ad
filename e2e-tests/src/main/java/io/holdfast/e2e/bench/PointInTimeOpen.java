package io.holdfast.e2e.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.nbd.client.NbdClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/**
 * From asking for a point in time until its first block is here: any checkpoint, any block.
 *
 * <p>Once over REST as a writable session, once as a read-only export that is simply connected to. The first few of each are not counted,
 * because they would measure how this program's own classes are loaded; the very first is kept in the details.
 */
final class PointInTimeOpen implements Benchmark {
    private static final int WARM_UP = 5;
    private static final int BLOCK_BYTES = 4096;

    private final SplittableRandom random = new SplittableRandom(61);

    @Override
    public String title() {
        return "opening a point in time";
    }

    @Override
    public List<Row> measure(BenchSite site) {
        ProtectedMachine machine = site.loaded();
        List<JsonNode> checkpoints = machine.checkpoints();
        if (checkpoints.isEmpty()) {
            throw new IllegalStateException("there is no checkpoint");
        }
        return List.of(
                row(
                        site,
                        checkpoints,
                        "writable recovery session, order -> first block read",
                        checkpoint -> session(site, machine, checkpoint)),
                row(
                        site,
                        checkpoints,
                        "read-only export, connect -> first block read",
                        checkpoint -> export(site, checkpoint)));
    }

    private Row row(BenchSite site, List<JsonNode> checkpoints, String what, ToDoubleFunction<JsonNode> open) {
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < WARM_UP + site.options().opens(); i++) {
            millis.add(open.applyAsDouble(checkpoints.get(random.nextInt(checkpoints.size()))));
        }
        Samples warm = new Samples(millis.subList(WARM_UP, millis.size()));
        return Row.of(
                        what + ", p99, of %d checkpoints".formatted(checkpoints.size()),
                        "ms",
                        warm.percentile(99),
                        Budget.atMost(100))
                .with("p50 ms", warm.median())
                .with("very first ms", millis.getFirst())
                .with("opened", warm.count())
                .with("checkpoints", checkpoints.size());
    }

    private double session(BenchSite site, ProtectedMachine machine, JsonNode checkpoint) {
        String sessions = machine.journalPath() + "/sessions";
        var order =
                SiteClient.object().put("checkpointId", checkpoint.path("id").asText());
        long start = System.nanoTime();
        JsonNode session = site.client().post(sessions, order);
        JsonNode export = session.path("exports").path(0);
        firstBlock(
                ProtectedMachine.address(export.path("nbdAddress").asText()),
                export.path("nbdExport").asText());
        double millis = Poll.secondsSince(start) * 1e3;
        site.client().delete(sessions + "/" + session.path("id").asText());
        return millis;
    }

    private double export(BenchSite site, JsonNode checkpoint) {
        String name = checkpoint.path("volumes").path(0).path("nbdExport").asText();
        long start = System.nanoTime();
        firstBlock(Recovery.journalNbd(site), name);
        return Poll.secondsSince(start) * 1e3;
    }

    private void firstBlock(InetSocketAddress address, String export) {
        try (NbdClient device = NbdClient.open(address, export)) {
            long block = random.nextLong(device.size() / BLOCK_BYTES);
            device.read(block * BLOCK_BYTES, ByteBuffer.allocate(BLOCK_BYTES));
        } catch (IOException failed) {
            throw new IllegalStateException("export " + export + " cannot be read", failed);
        }
    }
}
