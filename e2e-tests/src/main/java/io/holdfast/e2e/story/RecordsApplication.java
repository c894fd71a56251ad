package io.holdfast.e2e.story;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.ProtectedMachine.Objectives;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.testkit.guest.GuestImage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** The application of the two-site stories: a database, and two front ends that are started once it answers. Each VM is a {@link RecordsVm}. */
public final class RecordsApplication {
    private static final String DATABASE = "database";
    private static final String FRONT = "front";
    private static final long DISK_BYTES = 64 << 20;
    private static final Objectives OBJECTIVES = new Objectives(Duration.ofSeconds(1), Duration.ofHours(1));

    private final String name;
    private final Map<String, List<RecordsVm>> tiers;

    private RecordsApplication(String name, Map<String, List<RecordsVm>> tiers) {
        this.name = name;
        this.tiers = tiers;
    }

    /** Its files, in a folder below one that agents may serve disks and boot kernels from. */
    static RecordsApplication create(GuestImage image, Path folder, String name)
            throws IOException, InterruptedException {
        Map<String, List<RecordsVm>> tiers = new LinkedHashMap<>();
        tiers.put(DATABASE, List.of(RecordsVm.create(image, folder, name + "-db", 0, DISK_BYTES)));
        tiers.put(
                FRONT,
                List.of(
                        RecordsVm.create(image, folder, name + "-web-1", 1, DISK_BYTES),
                        RecordsVm.create(image, folder, name + "-web-2", 2, DISK_BYTES)));
        return new RecordsApplication(name, tiers);
    }

    /** In the order in which they start. */
    public List<RecordsVm> vms() {
        return tiers.values().stream().flatMap(List::stream).toList();
    }

    public long bytes() {
        return DISK_BYTES * vms().size();
    }

    /**
     * Makes a site protect it: a group for each tier. They are not started.
     *
     * @param attach has an agent serve or capture a VM and gives the VM as the inventory shows it then
     */
    public AtSite attach(SiteClient site, Function<RecordsVm, JsonNode> attach) {
        Map<RecordsVm, JsonNode> attached = new LinkedHashMap<>();
        Map<String, ProtectedMachine> groups = new LinkedHashMap<>();
        tiers.forEach((tier, vms) -> {
            List<JsonNode> members = new ArrayList<>();
            for (RecordsVm vm : vms) {
                attached.put(vm, attach.apply(vm));
                members.add(attached.get(vm));
            }
            groups.put(tier, ProtectedMachine.ofAttached(site, members, name + "-" + tier, OBJECTIVES));
        });
        return new AtSite(site, attached, groups);
    }

    /** As a site knows it that somebody else has made protect it. */
    AtSite found(SiteClient site) {
        Map<RecordsVm, JsonNode> attached = new LinkedHashMap<>();
        Map<String, ProtectedMachine> groups = new LinkedHashMap<>();
        tiers.forEach((tier, vms) -> {
            vms.forEach(vm -> attached.put(vm, site.get("/api/v1/vms/" + vm.id())));
            String group = site.get(
                            "/api/v1/protection-groups?vmId=" + vms.getFirst().id())
                    .at("/items/0/id")
                    .asText();
            groups.put(
                    tier,
                    ProtectedMachine.ofGroup(
                            site, vms.stream().map(attached::get).toList(), group));
        });
        return new AtSite(site, attached, groups);
    }

    /** A plan that recovers the database first, as people write it: protection groups by their names. */
    ObjectNode planByNames() {
        return plan(this::groupName);
    }

    private String groupName(String tier) {
        return ProtectedMachine.groupName(name + "-" + tier);
    }

    private ObjectNode plan(UnaryOperator<String> groupOfTier) {
        ObjectNode plan = SiteClient.object().put("name", "recover " + name);
        tiers.forEach((tier, vms) -> {
            ObjectNode group = RecordsVm.addGroup(plan, tier, groupOfTier.apply(tier), vms);
            if (tier.equals(FRONT)) {
                group.putArray("dependsOn").add(DATABASE);
            }
        });
        return plan;
    }

    /** The application as one site knows it. */
    public final class AtSite {
        private final SiteClient site;
        private final Map<RecordsVm, JsonNode> attached;
        private final Map<String, ProtectedMachine> groups;

        private AtSite(SiteClient site, Map<RecordsVm, JsonNode> attached, Map<String, ProtectedMachine> groups) {
            this.site = site;
            this.attached = attached;
            this.groups = groups;
        }

        public List<ProtectedMachine> groups() {
            return List.copyOf(groups.values());
        }

        public ProtectedMachine groupOf(RecordsVm vm) {
            return tiers.entrySet().stream()
                    .filter(tier -> tier.getValue().contains(vm))
                    .map(tier -> groups.get(tier.getKey()))
                    .findFirst()
                    .orElseThrow();
        }

        /** The VM's only disk. */
        public JsonNode volume(RecordsVm vm) {
            return attached.get(vm).path("volumes").path(0);
        }

        /** Orders the same of every group. */
        public void order(String command) {
            groups().forEach(group -> site.post(group.groupPath() + command));
        }

        public void awaitLifecycle(String state) {
            groups().forEach(group -> group.awaitLifecycle(state, RecordsVm.PATIENCE));
        }

        /** Until every group has a checkpoint of everything that was on the disks when this was called. */
        public void awaitCheckpoint() {
            Instant now = Instant.now();
            groups().forEach(group -> group.awaitCheckpointAfter(now, RecordsVm.PATIENCE));
        }

        /** A plan that recovers the database first. Gives its path. */
        public String plan() {
            ObjectNode plan =
                    RecordsApplication.this.plan(tier -> groups.get(tier).pgId());
            return "/api/v1/plans/"
                    + site.post("/api/v1/plans", plan).path("id").asText();
        }
    }
}
