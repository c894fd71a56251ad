package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.e2e.tools.Command;
import io.holdfast.testkit.guest.Ext4;
import io.holdfast.testkit.guest.GuestImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A VM whose guest writes numbered records and says at its start how many it found and whether one is missing: how a site comes to know it, and how a plan
 * recovers it.
 */
final class RecordsVm {
    static final Duration PATIENCE = Duration.ofSeconds(120);
    /** The same in the original and in every copy: isolated networks may share addresses. */
    static final String ADDRESS = "10.77.0.15";

    private static final Pattern FOUND = Pattern.compile("HF records (\\d+) gap-free");

    private final String name;
    private final Path kernel;
    private final Path initrd;
    private final Path disk;

    private RecordsVm(String name, Path kernel, Path initrd, Path disk) {
        this.name = name;
        this.kernel = kernel;
        this.initrd = initrd;
        this.disk = disk;
    }

    /**
     * Its files, in a folder below one that agents may serve disks and boot kernels from.
     *
     * @param bytes size of its disk, an empty ext4
     */
    static RecordsVm create(GuestImage image, Path folder, String name, long bytes) throws Exception {
        Path home = Files.createDirectories(folder.resolve(name));
        Path kernel = Files.copy(image.kernel(), home.resolve("vmlinuz"));
        Path initrd = Files.copy(image.initramfs(), home.resolve("initrd"));
        Path disk = home.resolve("root.raw");
        Ext4.create(disk, bytes, Optional.empty());
        return new RecordsVm(name, kernel, initrd, disk);
    }

    String name() {
        return name;
    }

    Path disk() {
        return disk;
    }

    /** Has a host's agent serve its disk, and waits until it does. Gives the VM as the inventory shows it. */
    JsonNode attach(SiteClient site, String host) {
        ObjectNode request = SiteClient.object().put("hostId", host).put("name", name);
        request.putArray("volumes").addObject().put("name", "root").put("backing", disk.toString());
        request.set("machine", spec());
        return attached(site, request);
    }

    /**
     * Has a host's agent capture what a machine that was recovered elsewhere writes, under the ids that the VM has there.
     *
     * @param machine of a run, with its capture
     */
    JsonNode capture(SiteClient site, String host, JsonNode machine) {
        JsonNode capture = machine.path("capture");
        assertThat(capture.path("qmpSocket").isTextual())
                .as("how to capture %s", machine)
                .isTrue();
        ObjectNode request = SiteClient.object()
                .put("id", machine.path("vmId").asText())
                .put("hostId", host)
                .put("name", name);
        request.putObject("capture")
                .put("mode", "TAP")
                .put("qmpSocket", capture.path("qmpSocket").asText())
                .put("guestAgentSocket", capture.path("guestAgentSocket").asText());
        JsonNode root = capture.path("disks").path(0);
        request.putArray("volumes")
                .addObject()
                .put("id", root.path("volumeId").asText())
                .put("name", "root")
                .put("backing", "/recovered/" + name)
                .put("qemuNode", root.path("qemuNode").asText());
        request.set("machine", spec());
        return attached(site, request);
    }

    private ObjectNode spec() {
        ObjectNode spec = SiteClient.object().put("cpuCount", 1).put("memoryBytes", 256L << 20);
        spec.putArray("nics")
                .addObject()
                .put("name", "eth0")
                .put("mac", "52:54:00:77:00:15")
                .put("network", "office");
        spec.putObject("directBoot")
                .put("kernel", kernel.toString())
                .put("initrd", initrd.toString())
                .put(
                        "commandLine",
                        "console=ttyS0 quiet panic=-1 holdfast.run=records holdfast.agent=on holdfast.lifetime=900 holdfast.address="
                                + ADDRESS + "/24");
        return spec;
    }

    private static JsonNode attached(SiteClient site, ObjectNode request) {
        String vm = site.post("/api/v1/vms", request).path("id").asText();
        return site.await("the VM is attached", PATIENCE, "/api/v1/vms/" + vm, answer -> {
            String state = answer.path("state").asText();
            if (state.equals("REJECTED")) {
                throw new AssertionError("the agent rejected the VM: " + answer);
            }
            return state.equals("ATTACHED");
        });
    }

    /** The first host of the site whose connected agent runs machines. */
    static String hostThatRunsMachines(SiteClient site) {
        return site.await("a host runs machines", PATIENCE, "/api/v1/hosts", hosts -> first(hosts)
                        .isPresent())
                .path("items")
                .valueStream()
                .filter(RecordsVm::runsMachines)
                .findFirst()
                .orElseThrow()
                .path("id")
                .asText();
    }

    private static Optional<JsonNode> first(JsonNode hosts) {
        return hosts.path("items").valueStream().filter(RecordsVm::runsMachines).findFirst();
    }

    private static boolean runsMachines(JsonNode host) {
        return host.path("agentConnected").asBoolean()
                && !host.path("hosting").path("adapters").isEmpty();
    }

    /** A plan that starts the machine and waits until it has said its records and answers. Gives its path. */
    String plan(SiteClient site, String pgId) {
        ObjectNode plan = SiteClient.object().put("name", "recover " + name);
        ObjectNode group =
                plan.putArray("groups").addObject().put("name", "app").put("powerOn", true);
        group.putArray("pgIds").add(pgId);
        ObjectNode networks = group.putObject("machines").putObject("networks");
        networks.putObject("test").putObject("office").put("isolated", "lan");
        networks.putObject("live").putObject("office").put("isolated", "lan");
        ObjectNode readiness =
                group.putObject("readiness").put("type", "MACHINES").put("timeout", "PT2M");
        readiness.putArray("probes").addObject().put("type", "CONSOLE").put("text", "HF records");
        readiness.withArray("probes").addObject().put("type", "GUEST_AGENT");
        readiness
                .withArray("probes")
                .addObject()
                .put("type", "HTTP")
                .put("address", ADDRESS)
                .put("port", 80)
                .put("path", "/count");
        return "/api/v1/plans/" + site.post("/api/v1/plans", plan).path("id").asText();
    }

    /** Orders a run and gives its path. */
    static String order(SiteClient site, String plan, String mode) {
        String location = site.post(plan + "/runs", SiteClient.object().put("mode", mode))
                .path("location")
                .asText();
        return location.substring(location.indexOf("/api/"));
    }

    static JsonNode awaitState(SiteClient site, String run, String state) {
        return awaitRun(site, run, "is " + state, answer -> answer.path("state")
                .asText()
                .equals(state));
    }

    /** A run that fails or halts ends the waiting. */
    static JsonNode awaitRun(SiteClient site, String run, String what, Predicate<JsonNode> wanted) {
        return site.await("run " + what, PATIENCE, run, answer -> {
            String now = answer.path("state").asText();
            if (now.equals("FAILED") || now.equals("HALTED")) {
                throw new AssertionError("the run is " + now + ": " + answer);
            }
            return wanted.test(answer);
        });
    }

    /** How many records the recovered machine of a run found, none missing. */
    static long found(JsonNode run) {
        Matcher console = FOUND.matcher(run.toString());
        assertThat(console.find()).as("the copy found no gap: %s", run).isTrue();
        return Long.parseLong(console.group(1));
    }

    /** QEMU processes of agents, by the name that they were given. */
    static List<Long> machineProcesses() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains("process=hf-"))
                .map(ProcessHandle::pid)
                .sorted()
                .toList();
    }

    /** Isolated networks of runs on this host, also those that an earlier site has left. */
    static Set<String> networks() {
        return Command.run(PATIENCE, "ip", "netns", "list")
                .lines()
                .map(line -> line.split(" ")[0])
                .filter(name -> name.startsWith("hf-"))
                .collect(Collectors.toSet());
    }
}
