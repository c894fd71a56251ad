package io.holdfast.e2e.story;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.e2e.tools.Command;
import io.holdfast.kernel.id.VmId;
import io.holdfast.testkit.guest.Ext4;
import io.holdfast.testkit.guest.GuestImage;
import java.io.IOException;
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
import java.util.stream.IntStream;

/**
 * A VM whose guest writes numbered records and says at its start how many it found and whether one is missing: how a site comes to know it, and how a plan
 * recovers it.
 */
public final class RecordsVm {
    public static final Duration PATIENCE = Duration.ofSeconds(120);
    /** Of the first VM of a test; those behind it have the ones behind it. */
    private static final int FIRST_ADDRESS = 15;

    private static final Pattern FOUND = Pattern.compile("HF records (\\d+) gap-free");

    private final VmId id = VmId.random();
    private final String name;
    private final int number;
    private final Path kernel;
    private final Path initrd;
    private final Path disk;

    private RecordsVm(String name, int number, Path kernel, Path initrd, Path disk) {
        this.name = name;
        this.number = number;
        this.kernel = kernel;
        this.initrd = initrd;
        this.disk = disk;
    }

    /**
     * Its files, in a folder below one that agents may serve disks and boot kernels from.
     *
     * @param number 0 to 9, another one for each VM of a test: its addresses come from it
     * @param bytes size of its disk, an empty ext4
     */
    public static RecordsVm create(GuestImage image, Path folder, String name, int number, long bytes)
            throws IOException {
        return create(image, folder, name, number, bytes, Optional.empty());
    }

    /** The same with records on its disk already, as its guest would have written them. */
    public static RecordsVm create(GuestImage image, Path folder, String name, int number, long bytes, int records)
            throws IOException {
        Path contents = Files.createTempDirectory("hf-records");
        Path file = contents.resolve("records");
        try {
            Files.write(
                    file,
                    IntStream.rangeClosed(1, records)
                            .mapToObj(each -> each + " end")
                            .toList());
            return create(image, folder, name, number, bytes, Optional.of(contents));
        } finally {
            Files.deleteIfExists(file);
            Files.delete(contents);
        }
    }

    private static RecordsVm create(
            GuestImage image, Path folder, String name, int number, long bytes, Optional<Path> contents)
            throws IOException {
        Path home = Files.createDirectories(folder.resolve(name));
        Path kernel = Files.copy(image.kernel(), home.resolve("vmlinuz"));
        Path initrd = Files.copy(image.initramfs(), home.resolve("initrd"));
        Path disk = home.resolve("root.raw");
        Ext4.create(disk, bytes, contents);
        return new RecordsVm(name, number, kernel, initrd, disk);
    }

    /** Under which every site knows it. */
    public String id() {
        return id.toString();
    }

    public String name() {
        return name;
    }

    public Path disk() {
        return disk;
    }

    /** The same in the original and in every copy: isolated networks may share addresses. */
    public String address() {
        return "10.77.0." + (FIRST_ADDRESS + number);
    }

    /** Of its original. */
    public String mac() {
        return "52:54:00:77:00:" + (FIRST_ADDRESS + number);
    }

    /** Has a host's agent serve its disk, and waits until it does. Gives the VM as the inventory shows it. */
    public JsonNode attach(SiteClient site, String host) {
        return ProtectedMachine.attached(site, served(host));
    }

    /** The same for a VM that is shut down through its guest's agent. */
    public JsonNode attach(SiteClient site, String host, Path guestAgentSocket) {
        ObjectNode request = served(host);
        request.putObject("capture").put("guestAgentSocket", guestAgentSocket.toString());
        return ProtectedMachine.attached(site, request);
    }

    private ObjectNode served(String host) {
        ObjectNode request =
                SiteClient.object().put("id", id()).put("hostId", host).put("name", name);
        request.putArray("volumes").addObject().put("name", "root").put("backing", disk.toString());
        request.set("machine", spec());
        return request;
    }

    /**
     * Has a host's agent capture what a machine that was recovered elsewhere writes, under the ids that the VM has there.
     *
     * @param machine of a run, with its capture
     */
    public JsonNode capture(SiteClient site, String host, JsonNode machine) {
        JsonNode capture = machine.path("capture");
        if (!capture.path("qmpSocket").isTextual()) {
            throw new AssertionError("nobody says how to capture " + machine);
        }
        ObjectNode request =
                SiteClient.object().put("id", id()).put("hostId", host).put("name", name);
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
        return ProtectedMachine.attached(site, request);
    }

    private ObjectNode spec() {
        ObjectNode spec = SiteClient.object().put("cpuCount", 1).put("memoryBytes", 256L << 20);
        spec.putArray("nics").addObject().put("name", "eth0").put("mac", mac()).put("network", "office");
        spec.putObject("directBoot")
                .put("kernel", kernel.toString())
                .put("initrd", initrd.toString())
                .put(
                        "commandLine",
                        "console=ttyS0 quiet panic=-1 holdfast.run=records holdfast.agent=on holdfast.lifetime=900 holdfast.address="
                                + address() + "/24");
        return spec;
    }

    /** The first host of the site whose connected agent runs machines. */
    public static String hostThatRunsMachines(SiteClient site) {
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
    public String plan(SiteClient site, String pgId) {
        return plan(site, "recover " + name, pgId, List.of(this));
    }

    /** The same for several VMs of one group. */
    public static String plan(SiteClient site, String name, String pgId, List<RecordsVm> vms) {
        ObjectNode plan = SiteClient.object().put("name", name);
        addGroup(plan, "app", pgId, vms);
        return "/api/v1/plans/" + site.post("/api/v1/plans", plan).path("id").asText();
    }

    /** Adds a recovery group to a plan that is being written: its machines are started, and have to say their records and to answer. */
    static ObjectNode addGroup(ObjectNode plan, String name, String pgId, List<RecordsVm> vms) {
        ObjectNode group =
                plan.withArray("groups").addObject().put("name", name).put("powerOn", true);
        group.putArray("pgIds").add(pgId);
        ObjectNode networks = group.putObject("machines").putObject("networks");
        networks.putObject("test").putObject("office").put("isolated", "lan");
        networks.putObject("live").putObject("office").put("isolated", "lan");
        ObjectNode readiness =
                group.putObject("readiness").put("type", "MACHINES").put("timeout", "PT2M");
        readiness.putArray("probes").addObject().put("type", "CONSOLE").put("text", "HF records");
        readiness.withArray("probes").addObject().put("type", "GUEST_AGENT");
        for (RecordsVm vm : vms) {
            readiness
                    .withArray("probes")
                    .addObject()
                    .put("type", "HTTP")
                    .put("vmId", vm.id())
                    .put("address", vm.address())
                    .put("port", 80)
                    .put("path", "/count");
        }
        return group;
    }

    /** Orders a run and gives its path. */
    public static String order(SiteClient site, String plan, String mode) {
        return order(site, plan, SiteClient.object().put("mode", mode));
    }

    /** The same with an order that says more. */
    public static String order(SiteClient site, String plan, ObjectNode order) {
        String location = site.post(plan + "/runs", order).path("location").asText();
        return location.substring(location.indexOf("/api/"));
    }

    public static JsonNode awaitState(SiteClient site, String run, String state) {
        return awaitRun(site, run, "is " + state, answer -> answer.path("state")
                .asText()
                .equals(state));
    }

    /** A run that fails or halts ends the waiting. */
    public static JsonNode awaitRun(SiteClient site, String run, String what, Predicate<JsonNode> wanted) {
        return site.await("run " + what, PATIENCE, run, answer -> {
            String now = answer.path("state").asText();
            if (now.equals("FAILED") || now.equals("HALTED")) {
                throw new AssertionError("the run is " + now + ": " + answer);
            }
            return wanted.test(answer);
        });
    }

    /** The machine of a run that is this VM's. */
    public JsonNode machineOf(JsonNode run) {
        return run.path("groups")
                .valueStream()
                .flatMap(group -> group.path("machines").valueStream())
                .filter(machine -> machine.path("vmId").asText().equals(id()))
                .findFirst()
                .orElse(MissingNode.getInstance());
    }

    /**
     * How many records this VM's machine of a run found.
     *
     * @throws AssertionError when one was missing
     */
    public long found(JsonNode run) {
        JsonNode machine = machineOf(run);
        Matcher console = FOUND.matcher(machine.toString());
        if (!console.find()) {
            throw new AssertionError("the copy of %s does not say that it found no gap: %s".formatted(name, machine));
        }
        return Long.parseLong(console.group(1));
    }

    /** How many records are on a disk of this VM that nobody writes. */
    public static long recordsOn(Path disk) {
        String last = Command.run(PATIENCE, "debugfs", "-R", "cat /records", disk.toString())
                .lines()
                .filter(line -> line.endsWith(" end"))
                .reduce((_, later) -> later)
                .orElseThrow();
        return Long.parseLong(last.substring(0, last.indexOf(' ')));
    }

    /** QEMU processes of agents, by the name that they were given. */
    public static List<Long> machineProcesses() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains("process=hf-"))
                .map(ProcessHandle::pid)
                .sorted()
                .toList();
    }

    /** Isolated networks of runs on this host, also those that an earlier site has left. */
    public static Set<String> networks() {
        return Command.run(PATIENCE, "ip", "netns", "list")
                .lines()
                .map(line -> line.split(" ")[0])
                .filter(name -> name.startsWith("hf-"))
                .collect(Collectors.toSet());
    }
}
