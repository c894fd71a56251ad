package io.holdfast.e2e.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.testkit.guest.Ext4;
import io.holdfast.testkit.guest.GuestImage;
import io.holdfast.testkit.guest.GuestParts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Rehearsals with real guests: from the order until every guest has mounted its recovered disk and said so. The guests run under emulation, on the same cores as the
 * site; what they need to boot is most of the time, and is shown beside.
 */
final class GuestsRecovered implements Benchmark {
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final long DISK_BYTES = 64L << 20;
    private static final long MEMORY_BYTES = 256L << 20;
    private static final int MANY = 10;
    private static final String KERNEL = "vmlinuz";
    private static final String INITRD = "initrd";

    @Override
    public String title() {
        return "recovered guests";
    }

    @Override
    public List<Row> measure(BenchSite site) {
        Path folder = site.work().resolve("guests");
        try {
            Files.createDirectories(folder);
            GuestImage image = GuestImage.build(GuestParts.find(), folder, Map.of());
            // Agents boot kernels from below the folders that they are allowed only.
            Files.copy(image.kernel(), folder.resolve(KERNEL), StandardCopyOption.REPLACE_EXISTING);
            Files.copy(image.initramfs(), folder.resolve(INITRD), StandardCopyOption.REPLACE_EXISTING);
            return List.of(rehearse(site, folder, 1), rehearse(site, folder, MANY));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while guests were prepared", interrupted);
        }
    }

    private static Row rehearse(BenchSite site, Path folder, int guests) throws IOException, InterruptedException {
        SiteClient client = site.client();
        List<String> vms = new ArrayList<>();
        for (int i = 0; i < guests; i++) {
            vms.add(attach(client, folder, "guest-%d-of-%d".formatted(i + 1, guests)));
        }
        String pg = protect(client, vms, "guests-" + guests);
        String runs = plan(client, pg, guests) + "/runs";
        long start = System.nanoTime();
        String location = client.post(runs, SiteClient.object().put("mode", "TEST"))
                .path("location")
                .asText();
        String run = location.substring(location.indexOf("/api/"));
        double[] firstServed = {Double.NaN};
        JsonNode[] last = new JsonNode[1];
        Poll.until("all guests answer", Duration.ofMillis(50), LIMIT, () -> {
            last[0] = client.get(run);
            String state = last[0].path("state").asText();
            if (state.equals("FAILED")) {
                throw new IllegalStateException("the run failed: " + last[0]);
            }
            if (Double.isNaN(firstServed[0])
                    && !last[0].path("sessions").path(0).path("exports").isEmpty()) {
                firstServed[0] = Poll.secondsSince(start);
            }
            return state.equals("READY");
        });
        double seconds = Poll.secondsSince(start);
        client.post(run + "/finish");
        client.await("the run has cleaned up", LIMIT, run, answer -> answer.path("state")
                .asText()
                .equals("SUCCEEDED"));
        client.post("/api/v1/protection-groups/" + pg + "/pause");
        return Row.of(
                        "test failover, order -> %s, emulated"
                                .formatted(guests == 1 ? "guest answers" : guests + " guests answer"),
                        "s",
                        seconds,
                        Budget.NONE)
                .with("disks served s", firstServed[0]);
    }

    private static String attach(SiteClient client, Path folder, String name) throws IOException, InterruptedException {
        Path disk = folder.resolve(name + ".raw");
        Ext4.create(disk, DISK_BYTES, Optional.empty());
        ObjectNode request = SiteClient.object()
                .put(
                        "hostId",
                        client.get("/api/v1/hosts")
                                .path("items")
                                .path(0)
                                .path("id")
                                .asText())
                .put("name", name);
        request.putArray("volumes").addObject().put("name", "root").put("backing", disk.toString());
        request.putObject("machine")
                .put("cpuCount", 1)
                .put("memoryBytes", MEMORY_BYTES)
                .putObject("directBoot")
                .put("kernel", folder.resolve(KERNEL).toString())
                .put("initrd", folder.resolve(INITRD).toString())
                .put(
                        "commandLine",
                        "console=ttyS0 quiet panic=-1 holdfast.run=idle holdfast.agent=off holdfast.lifetime=900");
        String vm = client.post("/api/v1/vms", request).path("id").asText();
        client.await("VM " + name + " is attached", LIMIT, "/api/v1/vms/" + vm, answer -> answer.path("state")
                .asText()
                .equals("ATTACHED"));
        return vm;
    }

    private static String protect(SiteClient client, List<String> vms, String name) {
        ObjectNode group = SiteClient.object().put("name", name).put("checkpointInterval", "PT1S");
        ArrayNode members = group.putArray("vmIds");
        vms.forEach(members::add);
        String[] pg = new String[1];
        Poll.until("the group is created", Duration.ofMillis(200), LIMIT, () -> {
            try {
                pg[0] = client.post("/api/v1/protection-groups", group)
                        .path("id")
                        .asText();
                return true;
            } catch (SiteClient.RefusedException refused) {
                // The inventory's event about a VM that was attached a moment ago may be on its way.
                if (refused.status() == 404) {
                    return false;
                }
                throw refused;
            }
        });
        client.post("/api/v1/protection-groups/" + pg[0] + "/start");
        client.await("the group is protected", LIMIT, "/api/v1/protection-groups/" + pg[0], answer -> answer.path(
                        "lifecycle")
                .asText()
                .equals("PROTECTED"));
        return pg[0];
    }

    private static String plan(SiteClient client, String pg, int guests) {
        ObjectNode plan = SiteClient.object().put("name", "bench-guests-" + guests);
        ObjectNode group =
                plan.putArray("groups").addObject().put("name", "all").put("powerOn", true);
        group.putArray("pgIds").add(pg);
        group.putObject("readiness")
                .put("type", "MACHINES")
                .put("timeout", LIMIT.toString())
                .putArray("probes")
                .addObject()
                .put("type", "CONSOLE")
                .put("text", "HF ready");
        return "/api/v1/plans/" + client.post("/api/v1/plans", plan).path("id").asText();
    }
}
