package io.holdfast.e2e.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** A VM, or several, with raw disks that a site's agents serve, in a protection group of its own. */
public final class ProtectedMachine {
    private final SiteClient site;
    private final String vmId;
    private final String pgId;
    private final List<Disk> disks;

    private ProtectedMachine(SiteClient site, String vmId, String pgId, List<Disk> disks) {
        this.site = site;
        this.vmId = vmId;
        this.pgId = pgId;
        this.disks = disks;
    }

    /**
     * One disk: how the guest reaches it.
     *
     * @param export name on the agent's NBD server at {@code address}
     */
    public record Disk(String volumeId, String name, long sizeBytes, InetSocketAddress address, String export) {
        /** The address as NBD clients take it. */
        public String uri() {
            return "nbd://" + address.getHostString() + ":" + address.getPort() + "/" + export;
        }
    }

    /**
     * How a group is protected.
     *
     * @param journalLimitBytes 0 = none
     */
    public record Objectives(Duration checkpointInterval, Duration history, long journalLimitBytes) {
        public Objectives(Duration checkpointInterval, Duration history) {
            this(checkpointInterval, history, 0);
        }
    }

    /** Has the site's first connected agent serve the files as disks of a new VM, in the order given. */
    public static ProtectedMachine attach(
            SiteClient site, String name, Map<String, Path> backings, Objectives objectives) {
        String host = site.await("a host with a connected agent", Duration.ofSeconds(60), "/api/v1/hosts", hosts -> {
                    return hosts.path("items")
                            .findValuesAsText("agentConnected")
                            .contains("true");
                })
                .path("items")
                .valueStream()
                .filter(one -> one.path("agentConnected").asBoolean())
                .findFirst()
                .orElseThrow()
                .path("id")
                .asText();
        JsonNode vm = attachTo(site, host, name, backings);
        return protect(site, List.of(vm), name, List.copyOf(backings.keySet()), objectives);
    }

    /**
     * One VM on each of these hosts, all in one group; its disks are in the order of their names.
     *
     * @param backings of each host's VM, by the disk's name; names are unique over all of them
     */
    public static ProtectedMachine attachOverHosts(
            SiteClient site, String name, Map<String, Map<String, Path>> backings, Objectives objectives) {
        List<JsonNode> vms = new ArrayList<>();
        List<String> order = new ArrayList<>();
        backings.forEach((host, disks) -> {
            vms.add(attachTo(site, host, name + "-" + (vms.size() + 1), disks));
            order.addAll(disks.keySet());
        });
        order.sort(null);
        return protect(site, vms, name, order, objectives);
    }

    private static JsonNode attachTo(SiteClient site, String host, String name, Map<String, Path> backings) {
        ObjectNode request = SiteClient.object();
        request.put("hostId", host).put("name", name);
        ArrayNode volumes = request.putArray("volumes");
        backings.forEach((label, backing) -> volumes.addObject()
                .put("name", label)
                .put("backing", backing.toAbsolutePath().toString()));
        return attached(site, request);
    }

    /**
     * Has an agent serve or capture a VM, and waits until it does.
     *
     * @return the VM as the inventory shows it
     * @throws AssertionError when the agent rejects it
     */
    public static JsonNode attached(SiteClient site, ObjectNode request) {
        String vmId = site.post("/api/v1/vms", request).path("id").asText();
        return site.await(
                "VM " + request.path("name").asText() + " is attached",
                Duration.ofSeconds(120),
                "/api/v1/vms/" + vmId,
                answer -> {
                    String state = answer.path("state").asText();
                    if (state.equals("REJECTED")) {
                        throw new AssertionError("the agent rejected the VM: " + answer);
                    }
                    return state.equals("ATTACHED");
                });
    }

    /**
     * Waits until the site's inventory has a VM, and makes a group of it: at a further site the VM comes from a journal.
     *
     * @param order names of the disks
     */
    public static ProtectedMachine ofInventory(
            SiteClient site, String vmId, String name, List<String> order, Objectives objectives) {
        JsonNode vm = site.await(
                "VM " + vmId + " is in the inventory",
                Duration.ofSeconds(60),
                "/api/v1/vms/" + vmId,
                answer -> answer.path("volumes").size() == order.size());
        return protect(site, List.of(vm), name, order, objectives);
    }

    /**
     * Makes one group of VMs that are attached.
     *
     * @param vms as the inventory shows them
     */
    public static ProtectedMachine ofAttached(SiteClient site, List<JsonNode> vms, String name, Objectives objectives) {
        return protect(site, vms, name, List.of(), objectives);
    }

    /** Of the group that is made of what has this name. */
    public static String groupName(String name) {
        return name + "-group";
    }

    /** A group that somebody else has made of VMs that are attached. */
    public static ProtectedMachine ofGroup(SiteClient site, List<JsonNode> vms, String pgId) {
        return new ProtectedMachine(site, vms.getFirst().path("id").asText(), pgId, disksOf(vms, List.of()));
    }

    private static ProtectedMachine protect(
            SiteClient site, List<JsonNode> vms, String name, List<String> order, Objectives objectives) {
        ObjectNode group = SiteClient.object()
                .put("name", groupName(name))
                .put("checkpointInterval", objectives.checkpointInterval().toString())
                .put("history", objectives.history().toString())
                .put("journalLimitBytes", objectives.journalLimitBytes());
        ArrayNode members = group.putArray("vmIds");
        vms.forEach(vm -> members.add(vm.path("id").asText()));
        String pgId = awaitCreated(site, group);
        return new ProtectedMachine(site, vms.getFirst().path("id").asText(), pgId, disksOf(vms, order));
    }

    /** The group can be created once protection-group has heard of the VM from inventory's events. */
    private static String awaitCreated(SiteClient site, ObjectNode group) {
        Instant deadline = Instant.now().plusSeconds(30);
        while (true) {
            try {
                return site.post("/api/v1/protection-groups", group).path("id").asText();
            } catch (SiteClient.RefusedException refused) {
                if (refused.status() != 404 || Instant.now().isAfter(deadline)) {
                    throw refused;
                }
            }
        }
    }

    private static List<Disk> disksOf(List<JsonNode> vms, List<String> order) {
        return vms.stream()
                .flatMap(vm -> vm.path("volumes").valueStream())
                .map(volume -> new Disk(
                        volume.path("id").asText(),
                        volume.path("name").asText(),
                        volume.path("sizeBytes").asLong(),
                        address(volume.path("nbdAddress").asText()),
                        volume.path("nbdExport").asText()))
                .sorted(Comparator.comparingInt(disk -> order.indexOf(disk.name())))
                .toList();
    }

    /** Reads {@code host:port}. */
    public static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        return new InetSocketAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }

    public void start() {
        site.post("/api/v1/protection-groups/" + pgId + "/start");
    }

    public JsonNode awaitLifecycle(String state, Duration limit) {
        return site.await("group is " + state, limit, groupPath(), group -> group.path("lifecycle")
                .asText()
                .equals(state));
    }

    /** Ends the protection, and has nobody serve the disks any more. The history goes, too. */
    public void remove(Duration limit) {
        List<JsonNode> members = new ArrayList<>();
        group().path("vms").forEach(members::add);
        site.post(groupPath() + "/remove", SiteClient.object().put("journal", "DELETE"));
        awaitLifecycle("REMOVED", limit);
        for (JsonNode vm : members) {
            site.delete("/api/v1/vms/" + vm.path("id").asText());
        }
    }

    /** Waits for a checkpoint that was ordered after {@code instant} and gives it. */
    public JsonNode awaitCheckpointAfter(Instant instant, Duration limit) {
        String path = checkpointsPath() + "?limit=1";
        return site.await("a checkpoint after " + instant, limit, path, page -> {
                    JsonNode newest = page.path("items").path(0);
                    return !newest.isMissingNode()
                            && Instant.parse(newest.path("cutAt").asText()).isAfter(instant);
                })
                .path("items")
                .get(0);
    }

    /** Every checkpoint, newest first. */
    public List<JsonNode> checkpoints() {
        return site.all(checkpointsPath());
    }

    /**
     * Imports a raw image from the site's folder of seeds into a volume's replica, and waits for its end.
     *
     * @throws AssertionError when it is not imported
     */
    public void importSeed(String volumeId, String file, Duration limit) {
        importSeed(volumeId, SiteClient.object().put("format", "raw").put("file", file), limit);
    }

    /** As {@link #importSeed(String, String, Duration)}; what the image holds stays to be read as a branch. */
    public void importAndKeepSeed(String volumeId, String file, String branch, Duration limit) {
        importSeed(
                volumeId,
                SiteClient.object().put("format", "raw").put("file", file).put("keepAs", branch),
                limit);
    }

    private void importSeed(String volumeId, ObjectNode order, Duration limit) {
        site.await("the journal", limit, journalPath(), _ -> true);
        String task = site.post(journalPath() + "/volumes/" + volumeId + "/seeds", order)
                .path("location")
                .asText();
        JsonNode ended = site.await("the seed's end", limit, task, answer -> !answer.path("state")
                .asText()
                .equals("RUNNING"));
        if (!ended.path("state").asText().equals("DONE")) {
            throw new AssertionError("the seed was not imported: " + ended);
        }
    }

    public JsonNode group() {
        return site.get(groupPath());
    }

    /** Of the first VM. */
    public String vmId() {
        return vmId;
    }

    public String pgId() {
        return pgId;
    }

    public List<Disk> disks() {
        return disks;
    }

    public String groupPath() {
        return "/api/v1/protection-groups/" + pgId;
    }

    public String journalPath() {
        return "/api/v1/journals/" + pgId;
    }

    public String checkpointsPath() {
        return journalPath() + "/checkpoints";
    }
}
