package io.holdfast.recoveryplan.support;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.holdfast.kernel.id.PgId;
import io.holdfast.nbd.ExportCatalog;
import io.holdfast.nbd.ExportRefusedException;
import io.holdfast.nbd.device.FileBlockDevice;
import io.holdfast.nbd.server.NbdServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * A journal-store written by hand under the contract of docs/rest-api.md: checkpoints, sessions with Idempotency-Key (remembered after the session is closed), problem+json; its
 * exports are served by a real NBD server and exist as long as their session. Not the real store: there is no journal behind it.
 *
 * <p>{@code /control} is for tests: {@code PUT /control/<pg>?open=…&close=…&probe=…} makes a group known and says how it behaves:
 *
 * <ul>
 *   <li>{@code open}: {@code ok}, {@code expired} (409), {@code lose} (opens, and the connection breaks), {@code gateway} (a proxy's 502)
 *   <li>{@code close}: {@code ok}, {@code gateway}
 *   <li>{@code machine}: {@code known}, {@code unknown} (the checkpoint does not say what the VM was)
 *   <li>{@code commit}: {@code ok}, {@code busy}, {@code running}
 *   <li>{@code agent}: id of the agent of the group's VM, as protection-group tells it; {@code last}: {@code ok}, {@code fail} (the last checkpoint)
 *   <li>{@code probe}: {@code ok}, {@code refuse} (the NBD server knows no such export)
 * </ul>
 */
public final class FakeJournalStore implements AutoCloseable {
    public static final long VOLUME_BYTES = 1 << 20;

    private record Checkpoint(String id, String kind, long lsn, Instant cutAt) {}

    private record Session(String id, String pg, String volume, String request) {}

    private final Map<String, Set<String>> marks = new ConcurrentHashMap<>();

    private record Group(List<Checkpoint> checkpoints, Map<String, String> behaviour) {}

    private final ObjectMapper json = new ObjectMapper();
    private final HttpServer http;
    private final NbdServer nbd;
    private final int nbdPort;
    private final Path disk;
    private final FileBlockDevice device;
    private final Map<String, Group> groups = new ConcurrentHashMap<>();
    private final Map<String, Session> byKey = new ConcurrentHashMap<>();
    private final Map<String, Session> open = new ConcurrentHashMap<>();
    private final Set<String> commits = ConcurrentHashMap.newKeySet();
    private final FakeProtectionGroups protection = new FakeProtectionGroups();

    public FakeJournalStore() throws IOException {
        disk = Files.createTempFile("fake-journal-store", ".raw");
        Files.delete(disk);
        device = FileBlockDevice.create(disk, VOLUME_BYTES);
        nbd = new NbdServer(new Exports());
        nbdPort = nbd.listenTcp("127.0.0.1", 0).getPort();
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        http.createContext("/", this::handle);
        http.start();
    }

    public String url() {
        return "http://127.0.0.1:" + http.getAddress().getPort();
    }

    public void know(PgId pg) {
        groups.put(pg.toString(), new Group(checkpoints(), Map.of()));
    }

    public void removeGroup(PgId pg) {
        protection.remove(pg.toString());
    }

    private final class Exports implements ExportCatalog {
        @Override
        public Lease open(String name) throws IOException {
            String[] parts = name.split("/");
            Session session = parts.length == 3 && parts[0].equals("session") ? open.get(parts[1]) : null;
            if (session == null || behaviour(session.pg(), "probe").equals("refuse")) {
                throw ExportRefusedException.unknown(name);
            }
            return ExportCatalog.leaseOf(device, "");
        }

        @Override
        public List<Entry> list() {
            return List.of();
        }
    }

    private String behaviour(String pg, String what) {
        Group group = groups.get(pg);
        return group == null ? "ok" : group.behaviour().getOrDefault(what, "ok");
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String[] path = exchange.getRequestURI().getPath().substring(1).split("/");
            if (path.length >= 4 && path[2].equals("protection-groups")) {
                protection(exchange, path);
            } else if (path[0].equals("control")) {
                control(exchange, path);
            } else if (path.length >= 4
                    && String.join("/", List.of(path).subList(0, 3)).equals("api/v1/journals")) {
                journal(exchange, path);
            } else {
                problem(exchange, 404, "NOT_FOUND", "there is nothing at this path");
            }
        }
    }

    private void control(HttpExchange exchange, String[] path) throws IOException {
        if (exchange.getRequestMethod().equals("PUT")) {
            Map<String, String> behaviour = query(exchange);
            groups.compute(
                    path[1], (_, known) -> new Group(known == null ? checkpoints() : known.checkpoints(), behaviour));
            answer(exchange, 200, Map.of());
        } else {
            Map<String, Object> sessions = new LinkedHashMap<>();
            sessions.put(
                    "open",
                    open.values().stream()
                            .filter(s -> s.pg().equals(path[1]))
                            .map(Session::id)
                            .toList());
            sessions.put(
                    "ever",
                    byKey.values().stream()
                            .filter(s -> s.pg().equals(path[1]))
                            .map(Session::id)
                            .toList());
            sessions.put("state", List.of(protection.state(path[1])));
            sessions.put(
                    "cutAt",
                    groups.get(path[1]).checkpoints().stream()
                            .map(checkpoint -> checkpoint.cutAt().toString())
                            .toList());
            answer(exchange, 200, sessions);
        }
    }

    private static List<Checkpoint> checkpoints() {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
        return List.of(
                new Checkpoint(UUID.randomUUID().toString(), "CRASH", 300, now.minusSeconds(3)),
                new Checkpoint(UUID.randomUUID().toString(), "USER", 200, now.minusSeconds(30)),
                new Checkpoint(UUID.randomUUID().toString(), "CRASH", 100, now.minusSeconds(60)));
    }

    /** The service protection-group at the same address, as behind a site's proxy. */
    private void protection(HttpExchange exchange, String[] path) throws IOException {
        String pg = path[3];
        String command = String.join("/", List.of(path).subList(4, path.length));
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String run = body.isEmpty() ? "" : json.readTree(body).path("runId").asText();
        String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
        if (command.equals("checkpoints")) {
            Group group = groups.get(pg);
            String id = protection.checkpoint(pg, key);
            List<Checkpoint> all = new ArrayList<>(group.checkpoints());
            if (all.stream().noneMatch(one -> one.id().equals(id))) {
                Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
                all.addFirst(new Checkpoint(id, "USER", 400, now));
                groups.put(pg, new Group(all, group.behaviour()));
            }
            answer(exchange, 202, Map.of("checkpointId", id));
        } else if (command.startsWith("checkpoint-requests/")) {
            boolean fails = behaviour(pg, "last").equals("fail");
            answer(
                    exchange,
                    200,
                    Map.of(
                            "progress", fails ? "FAILED" : "LISTED",
                            "errorCode", fails ? "AGENT_GONE" : "",
                            "errorMessage", fails ? "an agent is not connected" : ""));
        } else if (command.isEmpty()) {
            answer(exchange, 200, Map.of("lifecycle", protection.state(pg)));
        } else if (exchange.getRequestMethod().equals("GET")
                ? command.equals("failover")
                : protection.command(pg, command, run, key)) {
            Map<String, Object> vm = new LinkedHashMap<>();
            vm.put("vmId", vmOf(pg));
            vm.put("agentId", behaviour(pg, "agent").equals("ok") ? null : behaviour(pg, "agent"));
            vm.put("epoch", protection.epoch(pg));
            answer(
                    exchange,
                    200,
                    Map.of(
                            "pgId", pg,
                            "state", protection.state(pg),
                            "runId", protection.run(pg),
                            "vms", List.of(vm)));
        } else {
            problem(exchange, 409, "GROUP_STATE_FORBIDS", "the group does not take " + command);
        }
    }

    private void journal(HttpExchange exchange, String[] path) throws IOException {
        String token = exchange.getRequestHeaders().getFirst("Authorization");
        Group group = groups.get(path[3]);
        String call = exchange.getRequestMethod() + " " + (path.length < 5 ? "" : path[4]);
        if (token == null || !token.startsWith("Bearer ")) {
            problem(exchange, 401, "UNAUTHENTICATED", "a valid token is needed");
        } else if (group == null) {
            problem(exchange, 404, "JOURNAL_NOT_FOUND", "this store has no journal of " + path[3]);
        } else if (call.equals("GET ")) {
            answer(exchange, 200, Map.of("pgId", path[3], "headLsn", 333));
        } else if (call.equals("GET branches")) {
            List<Map<String, Object>> kept = List.of(Map.of("name", "old-site", "kind", "OLD_DISK"));
            List<Map<String, Object>> left = List.of(Map.of("name", "after-lsn-8", "kind", "COMMIT"));
            answer(exchange, 200, Map.of("items", behaviour(path[3], "branch").equals("left") ? left : kept));
        } else if (call.equals("POST sessions") && path.length == 7 && path[6].equals("commit")) {
            commit(exchange, path[3], path[5]);
        } else if (call.equals("GET checkpoints") && path.length == 6) {
            one(exchange, path[3], group, path[5]);
        } else if (call.equals("GET checkpoints")) {
            list(exchange, group);
        } else if (call.equals("PUT checkpoints") && path.length == 8 && path[6].equals("marks")) {
            mark(exchange, path[3], group, path[5], path[7]);
        } else if (call.equals("POST sessions")) {
            open(exchange, path[3], group);
        } else if (call.equals("DELETE sessions") && path.length == 6) {
            close(exchange, path[3], path[5]);
        } else {
            problem(exchange, 405, "INVALID_REQUEST", call + " is not possible here");
        }
    }

    private void list(HttpExchange exchange, Group group) throws IOException {
        Map<String, String> query = query(exchange);
        Instant before = query.containsKey("before") ? Instant.parse(query.get("before")) : Instant.MAX;
        int limit = Integer.parseInt(query.getOrDefault("limit", "100"));
        List<Map<String, Object>> items = new ArrayList<>();
        for (Checkpoint checkpoint : group.checkpoints()) {
            if (checkpoint.cutAt().isBefore(before) && items.size() < limit) {
                items.add(representation(checkpoint));
            }
        }
        answer(exchange, 200, Map.of("items", items));
    }

    private void one(HttpExchange exchange, String pg, Group group, String id) throws IOException {
        for (Checkpoint checkpoint : group.checkpoints()) {
            if (checkpoint.id().equals(id)) {
                Map<String, Object> item = representation(checkpoint);
                if (!behaviour(pg, "machine").equals("unknown")) {
                    item.put("machines", List.of(machine(pg)));
                }
                answer(exchange, 200, item);
                return;
            }
        }
        problem(exchange, 404, "CHECKPOINT_NOT_FOUND", "no checkpoint has this id");
    }

    private void mark(HttpExchange exchange, String pg, Group group, String id, String mark) throws IOException {
        JsonNode request = json.readTree(exchange.getRequestBody().readAllBytes());
        if (group.checkpoints().stream().noneMatch(one -> one.id().equals(id))) {
            problem(exchange, 404, "CHECKPOINT_NOT_FOUND", "no checkpoint has this id");
        } else if (!Set.of("VERIFIED", "SUSPECT").contains(mark)
                || request.path("evidence").asText().isBlank()) {
            problem(exchange, 400, "INVALID_REQUEST", "a mark is VERIFIED or SUSPECT, with evidence");
        } else {
            marks.computeIfAbsent(id, _ -> ConcurrentHashMap.newKeySet()).add(mark);
            one(exchange, pg, group, id);
        }
    }

    private Map<String, Object> representation(Checkpoint checkpoint) {
        Map<String, Object> item = new LinkedHashMap<>();
        item.put("id", checkpoint.id());
        item.put("kind", checkpoint.kind());
        item.put("lsn", checkpoint.lsn());
        item.put("cutAt", checkpoint.cutAt().toString());
        item.put("marks", List.copyOf(marks.getOrDefault(checkpoint.id(), Set.of())));
        return item;
    }

    /** Of the one VM of the group; its ids are made of the group's. */
    private Map<String, Object> machine(String pg) {
        Map<String, Object> spec = new LinkedHashMap<>();
        spec.put("cpuCount", behaviour(pg, "machine").equals("grown") ? 8 : 1);
        spec.put("memoryBytes", 256L << 20);
        spec.put("firmware", "BIOS");
        spec.put("machineType", "q35");
        spec.put("disks", List.of(Map.of("volumeId", volumeOf(pg), "bus", "virtio", "serial", "s1")));
        spec.put(
                "nics",
                List.of(Map.of("name", "eth0", "mac", "52:54:00:00:00:01", "model", "virtio", "network", "office")));
        spec.put("directBoot", null);
        return Map.of("vmId", vmOf(pg), "name", "vm", "spec", spec);
    }

    static String vmOf(String pg) {
        return UUID.nameUUIDFromBytes(("vm " + pg).getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    static String volumeOf(String pg) {
        return UUID.nameUUIDFromBytes(("volume " + pg).getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    /** {@code commit}: {@code ok} (ordered first, final at the second request), {@code busy} (409 HISTORY_IN_USE), {@code running} (409 REPLICATION_RUNS). */
    private void commit(HttpExchange exchange, String pg, String id) throws IOException {
        Session session = open.get(id);
        switch (behaviour(pg, "commit")) {
            case "busy" -> problem(exchange, 409, "HISTORY_IN_USE", "another session is open");
            case "running" -> problem(exchange, 409, "REPLICATION_RUNS", "the policy says REPLICATE");
            default -> {
                boolean isFinal = !commits.add(id);
                Map<String, Object> reply = representation(session);
                reply.put(
                        "commit",
                        Map.of(
                                "phase",
                                isFinal ? "MERGING" : "ORDERED",
                                "isFinal",
                                isFinal,
                                "branch",
                                "after-lsn-300"));
                answer(exchange, 202, reply);
            }
        }
    }

    private void open(HttpExchange exchange, String pg, Group group) throws IOException {
        String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        JsonNode request = json.readTree(body);
        boolean listed = group.checkpoints().stream()
                .anyMatch(checkpoint ->
                        checkpoint.id().equals(request.path("checkpointId").asText()));
        String behaviour = group.behaviour().getOrDefault("open", "ok");
        if (key == null || !listed) {
            problem(exchange, 404, "CHECKPOINT_NOT_FOUND", "no checkpoint has this id");
        } else if (behaviour.equals("gateway")) {
            gateway(exchange);
        } else if (request.has("vmIds") && !isAsked(request, pg)) {
            problem(exchange, 404, "VOLUME_NOT_FOUND", "the group has nothing of the part");
        } else if (behaviour.equals("expired")) {
            problem(exchange, 409, "CHECKPOINT_EXPIRED", "the tail has passed the checkpoint");
        } else {
            Session session = byKey.computeIfAbsent(key, _ -> {
                Session made = new Session(UUID.randomUUID().toString(), pg, volumeOf(pg), body);
                open.put(made.id(), made);
                return made;
            });
            if (!session.request().equals(body)) {
                problem(exchange, 409, "IDEMPOTENCY_KEY_REUSED", "this key came with a different request before");
            } else if (!behaviour.equals("lose")) {
                answer(exchange, 201, representation(session));
            }
        }
    }

    private static boolean isAsked(JsonNode request, String pg) {
        return Stream.concat(
                        request.path("vmIds").valueStream(),
                        request.path("volumeIds").valueStream())
                .map(JsonNode::asText)
                .anyMatch(id -> id.equals(vmOf(pg)) || id.equals(volumeOf(pg)));
    }

    private Map<String, Object> representation(Session session) {
        Map<String, Object> export = new LinkedHashMap<>();
        export.put("volumeId", session.volume());
        export.put("name", "vda");
        export.put("vmId", vmOf(session.pg()));
        export.put("sizeBytes", VOLUME_BYTES);
        export.put("nbdAddress", "127.0.0.1:" + nbdPort);
        export.put("nbdExport", "session/" + session.id() + "/" + session.volume());
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("id", session.id());
        reply.put("pgId", session.pg());
        reply.put("lsn", 300);
        reply.put("state", "OPEN");
        reply.put("exports", List.of(export));
        return reply;
    }

    private void close(HttpExchange exchange, String pg, String session) throws IOException {
        if (behaviour(pg, "close").equals("gateway")) {
            gateway(exchange);
        } else {
            open.remove(session);
            exchange.sendResponseHeaders(204, -1);
        }
    }

    private static void gateway(HttpExchange exchange) throws IOException {
        byte[] page = "<html>Bad Gateway</html>".getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/html");
        exchange.sendResponseHeaders(502, page.length);
        exchange.getResponseBody().write(page);
    }

    private void problem(HttpExchange exchange, int status, String code, String detail) throws IOException {
        answer(exchange, status, Map.of("code", code, "detail", detail, "status", status), "application/problem+json");
    }

    private void answer(HttpExchange exchange, int status, Object body) throws IOException {
        answer(exchange, status, body, "application/json");
    }

    private void answer(HttpExchange exchange, int status, Object body, String type) throws IOException {
        byte[] bytes = json.writeValueAsBytes(body);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> values = new HashMap<>();
        String query = exchange.getRequestURI().getRawQuery();
        for (String pair : query == null ? new String[0] : query.split("&")) {
            String[] sides = pair.split("=", 2);
            values.put(sides[0], sides.length < 2 ? "" : URLDecoder.decode(sides[1], StandardCharsets.UTF_8));
        }
        return values;
    }

    @Override
    public void close() throws IOException {
        http.stop(0);
        nbd.close();
        device.close();
        Files.deleteIfExists(disk);
    }
}
