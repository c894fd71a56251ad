package io.holdfast.e2e.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.nbd.client.NbdClient;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A rehearsal of one machine through a recovery plan: from the order until the run is READY and its disk gives a block. */
final class TestFailover implements Benchmark {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Override
    public String title() {
        return "test failover of one VM";
    }

    @Override
    public List<Row> measure(BenchSite site) {
        ProtectedMachine machine = site.loaded();
        ObjectNode plan = SiteClient.object().put("name", "bench-" + System.nanoTime());
        plan.putArray("groups").addObject().put("name", "vm").putArray("pgIds").add(machine.pgId());
        String runs = "/api/v1/plans/"
                + site.client().post("/api/v1/plans", plan).path("id").asText() + "/runs";
        ObjectNode order = SiteClient.object().put("mode", "TEST");
        order.putObject("points").putObject(machine.pgId()).put("latest", true);

        List<Double> seconds = new ArrayList<>();
        for (int i = 0; i < site.options().failovers(); i++) {
            seconds.add(failover(site.client(), runs, order));
        }
        Samples samples = new Samples(seconds);
        return List.of(Row.of(
                        "test failover of one VM, order -> disk served, worst of %d".formatted(samples.count()),
                        "s",
                        samples.max(),
                        Budget.atMost(2))
                .with("median s", samples.median())
                .with("first s", seconds.getFirst()));
    }

    private static double failover(SiteClient client, String runs, ObjectNode order) {
        long start = System.nanoTime();
        String location = client.post(runs, order).path("location").asText();
        String run = location.substring(location.indexOf("/api/"));
        JsonNode[] last = new JsonNode[1];
        Poll.until("the run is READY", Duration.ofMillis(10), LIMIT, () -> {
            last[0] = client.get(run);
            if (last[0].path("state").asText().equals("FAILED")) {
                throw new IllegalStateException("the run failed: " + last[0]);
            }
            return last[0].path("state").asText().equals("READY");
        });
        JsonNode export = last[0].path("sessions").path(0).path("exports").path(0);
        readFirstBlock(export);
        double seconds = Poll.secondsSince(start);
        client.post(run + "/finish");
        client.await("the run has cleaned up", LIMIT, run, answer -> answer.path("state")
                .asText()
                .equals("SUCCEEDED"));
        return seconds;
    }

    private static void readFirstBlock(JsonNode export) {
        try (NbdClient device = NbdClient.open(
                ProtectedMachine.address(export.path("nbdAddress").asText()),
                export.path("nbdExport").asText())) {
            device.read(0, ByteBuffer.allocate(4096));
        } catch (IOException failed) {
            throw new IllegalStateException("the recovered disk is not served: " + export, failed);
        }
    }
}
