package io.holdfast.cli.failback;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.holdfast.cli.site.Site;
import io.holdfast.cli.site.SiteAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A site as far as the way home sees it: its REST interface keeps state and refuses what the services refuse. What services do by themselves they do in {@link
 * #tick}. Can be lost at a change, before it is made or after it.
 */
final class SiteDouble implements AutoCloseable {
    /** Says no, as a service does. */
    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final int status;

        Refused(int status, String code) {
            super(code);
            this.status = status;
        }
    }

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final ObjectMapper READER = new ObjectMapper();

    final Map<String, ObjectNode> hosts = new LinkedHashMap<>();
    final Map<String, ObjectNode> vms = new LinkedHashMap<>();
    final Map<String, ObjectNode> groups = new LinkedHashMap<>();
    final Map<String, ObjectNode> plans = new LinkedHashMap<>();
    /** Newest last. */
    final SequencedMap<String, ObjectNode> runs = new LinkedHashMap<>();

    final Map<String, ObjectNode> seeds = new LinkedHashMap<>();
    /** Places in which the branch of the failover and the present may differ, by volume; empty = no such branch is left. */
    final Map<String, ArrayNode> differences = new LinkedHashMap<>();

    /** What was changed, in order: method and path without ids. */
    final List<String> changes = new ArrayList<>();
    /** As for images of another size. */
    boolean refusesClaims;
    /** Seeds that fail instead of being imported. */
    int badSeeds;

    private final String name;
    private final HttpServer server;
    private final Object both;
    private final BooleanSupplier lost;
    private final Map<String, String> replies = new LinkedHashMap<>();

    /**
     * @param both lock of both sites: a tick is one moment at both
     * @param lost asked around each change; true = the site answers nobody any more
     */
    SiteDouble(String name, Object both, BooleanSupplier lost) {
        this.name = name;
        this.both = both;
        this.lost = lost;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException noPort) {
            throw new UncheckedIOException(noPort);
        }
        server.createContext("/", this::answer);
        server.start();
    }

    String address() {
        return "http://127.0.0.1:%d/".formatted(server.getAddress().getPort());
    }

    Site client() {
        return new Site(
                new SiteAddress(URI.create(address()), Optional.empty(), Optional.empty(), Duration.ofSeconds(60)));
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            boolean change = !exchange.getRequestMethod().equals("GET");
            int status = change ? 202 : 200;
            String reply;
            synchronized (both) {
                if (change && lost.getAsBoolean()) {
                    return;
                }
                try {
                    reply = change
                            ? change(exchange, body)
                            : read(exchange.getRequestURI()).toString();
                } catch (Refused refused) {
                    status = refused.status;
                    reply = JSON.objectNode()
                            .put("code", refused.getMessage())
                            .put("detail", "refused by " + name)
                            .toString();
                }
                if (change && lost.getAsBoolean()) {
                    return;
                }
            }
            byte[] bytes = reply.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private JsonNode read(URI uri) {
        String[] part = uri.getPath().split("/");
        String id = part.length > 4 ? part[4] : null;
        return switch (part[3]) {
            case "hosts" -> id == null ? page(hosts) : there(hosts, id);
            case "vms" -> there(vms, id);
            case "protection-groups" ->
                id == null
                        ? page(having(uri.getQuery()))
                        : part.length > 5 ? failover(there(groups, id)) : there(groups, id);
            case "plans" -> id == null ? page(plans) : there(plans, id);
            case "runs" -> id == null ? newestFirst() : there(runs, id);
            case "journals" -> journal(part);
            default -> throw new Refused(404, "NOT_FOUND");
        };
    }

    private JsonNode journal(String[] part) {
        there(groups, part[4]);
        if (part.length == 5) {
            return JSON.objectNode();
        }
        if (part[5].equals("branches")) {
            if (!differences.isEmpty()) {
                return page(Map.of("", JSON.objectNode().put("name", "before").put("kind", "COMMIT")));
            }
            ObjectNode branch = JSON.objectNode().put("name", "old-site").put("kind", "OLD_DISK");
            ArrayNode volumes = branch.putArray("volumeIds");
            seeds.values().stream()
                    .filter(seed -> seed.path("state").asText().equals("DONE"))
                    .forEach(seed -> volumes.add(seed.path("volumeId").asText()));
            return volumes.isEmpty() ? page(Map.of()) : page(Map.of("", branch));
        }
        if (part[7].equals("differences")) {
            ArrayNode ranges = differences.get(part[6]);
            if (ranges == null) {
                throw new Refused(409, "DIFFERENCES_UNKNOWN");
            }
            return JSON.objectNode().set("ranges", ranges);
        }
        return there(seeds, part[8]);
    }

    private Map<String, ObjectNode> having(String query) {
        if (!query.contains("vmId=")) {
            return groups;
        }
        String vm = query.replaceAll(".*vmId=([^&]*).*", "$1");
        Map<String, ObjectNode> found = new LinkedHashMap<>();
        groups.forEach((id, group) -> {
            if (group.path("vms").findValuesAsText("id").contains(vm)) {
                found.put(id, group);
            }
        });
        return found;
    }

    private static JsonNode failover(ObjectNode group) {
        ObjectNode view = JSON.objectNode().put("state", group.path("state").asText());
        boolean held = group.hasNonNull("run");
        if (held) {
            view.put("runId", group.path("run").asText());
        }
        ArrayNode owners = view.putArray("vms");
        group.path("vms").forEach(vm -> owners.addObject()
                .put("vmId", vm.path("id").asText())
                .put("recovered", held)
                .put("epoch", 1)
                .put("owner", "run"));
        return view;
    }

    private JsonNode newestFirst() {
        Map<String, ObjectNode> turned = new LinkedHashMap<>();
        runs.sequencedEntrySet().reversed().forEach(run -> turned.put(run.getKey(), run.getValue()));
        return page(turned);
    }

    private static JsonNode page(Map<String, ObjectNode> items) {
        ObjectNode page = JSON.objectNode();
        ArrayNode list = page.putArray("items");
        items.values().forEach(list::add);
        return page;
    }

    private static ObjectNode there(Map<String, ObjectNode> of, String id) {
        return Optional.ofNullable(of.get(id)).orElseThrow(() -> new Refused(404, "NOT_FOUND"));
    }

    /** Once per key, as the services do it: what is refused is not remembered. */
    private String change(HttpExchange exchange, String body) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String key = path + " " + exchange.getRequestHeaders().getFirst("Idempotency-Key");
        if (replies.containsKey(key)) {
            JsonNode before = READER.readTree(replies.get(key));
            // The journal tells how far an import is now; the others repeat themselves.
            return path.endsWith("/seeds")
                    ? seeds.get(before.path("id").asText()).toString()
                    : before.toString();
        }
        JsonNode order = body.isEmpty() ? JSON.objectNode() : READER.readTree(body);
        String reply = changed(
                        exchange.getRequestMethod(),
                        path.split("/"),
                        exchange.getRequestURI().getQuery(),
                        order)
                .toString();
        changes.add(path.replaceAll("/api/v1|/[0-9a-f-]{36}", ""));
        replies.put(key, reply);
        return reply;
    }

    private JsonNode changed(String method, String[] part, String query, JsonNode order) {
        String what = part[3] + (part.length > 5 ? "/" + part[part.length - 1] : "");
        return switch (what) {
            case "vms" -> method.equals("DELETE") ? put(there(vms, part[4]), "DETACHING") : attach(order);
            case "protection-groups" -> makeGroup(order);
            case "protection-groups/start" ->
                move(part[4], "DRAFT", "paused=true".equals(query) ? "PAUSED" : "INITIAL_SYNC");
            case "protection-groups/resume" -> move(part[4], "PAUSED", "INITIAL_SYNC");
            case "protection-groups/return" -> giveBack(there(groups, part[4]));
            case "journals/seeds" -> seed(part[4], part[6], order);
            case "plans" -> makePlan(order);
            case "plans/runs" -> run(there(plans, part[4]), order.path("mode").asText());
            case "runs/release" -> release(there(runs, part[4]));
            default -> throw new Refused(404, "NOT_FOUND");
        };
    }

    private static ObjectNode put(ObjectNode one, String state) {
        return one.put("state", state);
    }

    private JsonNode attach(JsonNode order) {
        String id = order.path("id").asText();
        if (vms.containsKey(id)) {
            throw new Refused(409, "ID_IN_USE");
        }
        there(hosts, order.path("hostId").asText());
        ObjectNode vm = order.deepCopy();
        vm.path("volumes").forEach(volume -> ((ObjectNode) volume)
                .put("capture", order.at("/capture/mode").asText())
                .put("captureId", "capture-of-" + id));
        vms.put(id, put(vm, "REQUESTED"));
        return vm;
    }

    private JsonNode makeGroup(JsonNode order) {
        for (JsonNode vm : order.path("vmIds")) {
            there(vms, vm.asText());
            if (groups.values().stream()
                    .anyMatch(group -> group.path("vms").findValuesAsText("id").contains(vm.asText()))) {
                throw new Refused(409, "VM_ALREADY_PROTECTED");
            }
        }
        List<String> ids = new ArrayList<>();
        order.path("vmIds").forEach(vm -> ids.add(vm.asText()));
        return group(order.path("name").asText(), ids, "DRAFT");
    }

    ObjectNode group(String called, List<String> vmIds, String state) {
        String id = UUID.randomUUID().toString();
        ObjectNode group = put(JSON.objectNode().put("id", id).put("name", called), state);
        ArrayNode members = group.putArray("vms");
        vmIds.forEach(vm -> members.addObject().put("id", vm).put("name", "vm-" + vm.charAt(0)));
        group.putArray("allowedCommands");
        groups.put(id, group);
        return group;
    }

    private JsonNode move(String id, String from, String to) {
        ObjectNode group = there(groups, id);
        if (!group.path("state").asText().equals(from)) {
            throw new Refused(409, "GROUP_STATE_FORBIDS");
        }
        return put(group, to);
    }

    private JsonNode giveBack(ObjectNode group) {
        move(group.path("id").asText(), "FAILED_OVER", "FAILED_OVER");
        if (group.path("vms").findValuesAsText("id").stream().anyMatch(vms::containsKey)) {
            throw new Refused(409, "SOURCE_STILL_ATTACHED");
        }
        group.remove("run");
        return put(group, "RESYNC");
    }

    private JsonNode seed(String group, String volume, JsonNode order) {
        if (!there(groups, group).path("state").asText().equals("PAUSED")) {
            throw new Refused(409, "SEED_TOO_LATE");
        }
        if (seeds.values().stream()
                .anyMatch(seed -> seed.path("volumeId").asText().equals(volume)
                        && !seed.path("state").asText().equals("FAILED"))) {
            throw new Refused(409, "BRANCH_RETAINED");
        }
        String id = UUID.randomUUID().toString();
        ObjectNode seed = put(JSON.objectNode().put("id", id).put("volumeId", volume), "RUNNING");
        seed.set("equalExcept", order.path("equalExcept"));
        seeds.put(id, seed);
        return seed;
    }

    private boolean isBad(ObjectNode seed) {
        return badSeeds-- > 0 || refusesClaims && seed.path("equalExcept").isObject();
    }

    private JsonNode makePlan(JsonNode order) {
        if (plans.values().stream().anyMatch(plan -> plan.path("name").equals(order.path("name")))) {
            throw new Refused(409, "PLAN_NAME_TAKEN");
        }
        String id = UUID.randomUUID().toString();
        plans.put(id, ((ObjectNode) order.deepCopy()).put("id", id));
        return plans.get(id);
    }

    ObjectNode run(ObjectNode plan, String mode) {
        String id = UUID.randomUUID().toString();
        ObjectNode run = put(JSON.objectNode().put("id", id).put("mode", mode), "PENDING")
                .put("orderedAt", "2026-03-01T10:14:06.5Z");
        ArrayNode members = run.putArray("groups");
        plan.path("groups").forEach(group -> group.path("pgIds").forEach(pg -> {
            ArrayNode machines = members.addObject().put("pgId", pg.asText()).putArray("machines");
            there(groups, pg.asText()).path("vms").forEach(vm -> machines.addObject()
                    .put("vmId", vm.path("id").asText()));
        }));
        runs.put(id, run);
        return run;
    }

    private JsonNode release(ObjectNode run) {
        if (!run.path("state").asText().equals("SUCCEEDED")) {
            throw new Refused(409, "RUN_ENDED");
        }
        return put(run, "RELEASING");
    }

    /** Everything that is under way goes on by one state. */
    void tick() {
        synchronized (both) {
            vms.values().removeIf(vm -> vm.path("state").asText().equals("DETACHING"));
            vms.values().stream()
                    .filter(vm -> vm.path("state").asText().equals("REQUESTED"))
                    .forEach(vm -> put(vm, "ATTACHED"));
            groups.values().stream()
                    .filter(group -> List.of("INITIAL_SYNC", "RESYNC")
                            .contains(group.path("state").asText()))
                    .filter(group -> group.path("vms").findValuesAsText("id").stream()
                            .allMatch(vm -> vms.containsKey(vm)
                                    && vms.get(vm).path("state").asText().equals("ATTACHED")))
                    .forEach(group -> put(group, "PROTECTED")
                            .withArrayProperty("allowedCommands")
                            .add("FAIL_OVER"));
            seeds.values().stream()
                    .filter(seed -> seed.path("state").asText().equals("RUNNING"))
                    .forEach(seed -> put(seed, isBad(seed) ? "FAILED" : "DONE").put("failureCode", "SEED_UNUSABLE"));
            List.copyOf(runs.values()).forEach(this::goOn);
        }
    }

    private void goOn(ObjectNode run) {
        switch (run.path("state").asText()) {
            case "PENDING" -> become(run, "RUNNING", "FAILING_OVER");
            case "RUNNING" -> become(run, "COMMITTING", "FAILED_OVER");
            case "COMMITTING" -> succeed(run);
            case "RELEASING" -> {
                put(run, "RELEASED");
                machines(run, machine -> machine.put("running", false));
            }
            default -> {}
        }
    }

    private void become(ObjectNode run, String state, String group) {
        put(run, state);
        run.path("groups").forEach(one -> put(there(groups, one.path("pgId").asText()), group)
                .put("run", run.path("id").asText()));
    }

    /** Its machines run on the only host that has the hardware of the place. */
    void succeed(ObjectNode run) {
        become(run, "SUCCEEDED", "FAILED_OVER");
        run.put("committed", true).put("recovered", true);
        machines(run, machine -> {
            String vm = machine.path("vmId").asText();
            machine.put("running", true).put("hostId", "host-of-" + name);
            ObjectNode capture = machine.putObject("capture").put("qmpSocket", "/run/" + vm);
            capture.putArray("disks").addObject().put("volumeId", volumeOf(vm)).put("qemuNode", "node");
        });
    }

    static String volumeOf(String vm) {
        return "f" + vm.substring(1);
    }

    private static void machines(ObjectNode run, Consumer<ObjectNode> change) {
        run.path("groups")
                .forEach(group -> group.path("machines").forEach(machine -> change.accept((ObjectNode) machine)));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
