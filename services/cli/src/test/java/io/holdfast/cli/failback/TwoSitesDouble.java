package io.holdfast.cli.failback;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Two VMs, each in a group of its own, that a plan has brought from home to the other site for good. */
public final class TwoSitesDouble implements AutoCloseable {
    static final List<String> VMS =
            List.of("1aaaaaaa-0000-4000-8000-000000000001", "2aaaaaaa-0000-4000-8000-000000000002");

    final SiteDouble home;
    final SiteDouble away;
    final ObjectNode runAway;
    private int cutAt = Integer.MAX_VALUE;
    private int moments;

    public TwoSitesDouble() {
        var both = new Object();
        home = new SiteDouble("home", both, () -> moments++ >= cutAt);
        away = new SiteDouble("away", both, () -> moments++ >= cutAt);
        home.hosts.put("link-to-away", host("link-to-away", "hw-away"));
        home.hosts.put("host-of-home", host("host-of-home", "hw-home"));
        away.hosts.put("link-to-home", host("link-to-home", "hw-home"));
        away.hosts.put("host-of-away", host("host-of-away", "hw-away"));
        ObjectNode plan =
                object().put("id", "4aaaaaaa-0000-4000-8000-000000000004").put("name", "erp");
        for (String vm : VMS) {
            away.vms.put(vm, lostAtHome(vm));
            ObjectNode group = away.group(groupOf(vm), List.of(vm), "PROTECTED");
            plan.withArrayProperty("groups")
                    .addObject()
                    .putArray("pgIds")
                    .add(group.path("id").asText());
        }
        away.plans.put(plan.path("id").asText(), plan);
        runAway = away.run(plan, "UNPLANNED");
        away.succeed(runAway);
    }

    static String groupOf(String vm) {
        return "group-" + vm.charAt(0);
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private static ObjectNode host(String id, String hardware) {
        return object().put("id", id).put("name", id).put("hardwareUuid", hardware);
    }

    private static ObjectNode lostAtHome(String id) {
        ObjectNode vm = object().put("id", id).put("state", "MISSING");
        vm.putArray("volumes")
                .addObject()
                .put("id", SiteDouble.volumeOf(id))
                .put("name", "root")
                .put("backing", "/dev/" + id)
                .put("capture", "INLINE");
        vm.putObject("machine").put("cpuCount", 2).putArray("nics");
        return vm;
    }

    /** Cuts the network between command and sites around a change. @param moment even = before it is made, odd = after it */
    void cutAt(int moment) {
        cutAt = moment;
    }

    void reconnect() {
        cutAt = Integer.MAX_VALUE;
    }

    /** What both sites do by themselves. */
    void tick() {
        home.tick();
        away.tick();
    }

    Sites clients() {
        return new Sites(home.client(), away.client());
    }

    public String homeAddress() {
        return home.address();
    }

    public String awayAddress() {
        return away.address();
    }

    public void forgetTheFailover() {
        away.runs.clear();
    }

    /**
     * Away knows where the disk of a VM may differ.
     *
     * @param differences between the failover's branch and the present, as pairs of offset and length in bytes
     * @param unsent that the old host had not sent
     */
    void knowDifferences(String vm, String differences, String unsent) {
        away.differences.put(SiteDouble.volumeOf(vm), ranges(differences));
        runAway.path("groups")
                .valueStream()
                .filter(group -> group.path("machines").findValuesAsText("vmId").contains(vm))
                .forEach(group -> ((ObjectNode) group)
                        .withArrayProperty("sources")
                        .addObject()
                        .put("vmId", vm)
                        .put("fence", "CONFIRMED")
                        .withArrayProperty("unsent")
                        .addObject()
                        .put("volumeId", SiteDouble.volumeOf(vm))
                        .set("ranges", ranges(unsent)));
    }

    private static ArrayNode ranges(String pairs) {
        ArrayNode ranges = JsonNodeFactory.instance.arrayNode();
        try {
            new ObjectMapper().readTree(pairs).forEach(pair -> ranges.addObject()
                    .put("offsetBytes", pair.path(0).asLong())
                    .put("lengthBytes", pair.path(1).asLong()));
        } catch (JsonProcessingException defect) {
            throw new IllegalArgumentException(defect);
        }
        return ranges;
    }

    /** At both sites. */
    public int changes() {
        return home.changes.size() + away.changes.size();
    }

    @Override
    public void close() {
        home.close();
        away.close();
    }
}
