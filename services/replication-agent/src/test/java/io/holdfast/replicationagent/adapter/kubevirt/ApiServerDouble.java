package io.holdfast.replicationagent.adapter.kubevirt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/**
 * Stands for a cluster's API server with KubeVirt: keeps objects, and does to them what the controllers would, at once. What a real one does beside, as admission,
 * defaults, scheduling, it does not.
 */
final class ApiServerDouble implements AutoCloseable {
    private static final ObjectMapper JSON = JsonMapper.builder().build();
    private static final String MACHINES = "/virtualmachines/";

    final Map<String, ObjectNode> objects = new ConcurrentSkipListMap<>();
    final List<String> requests = new CopyOnWriteArrayList<>();
    final ConcurrentLinkedQueue<Fault> faults = new ConcurrentLinkedQueue<>();
    volatile boolean installed = true;
    volatile String firstPhase = "Running";
    volatile String printed = "";
    private final HttpServer server;

    /** Whether objects are made and the answer that says so is lost; who asks again hears that they are there. */
    volatile boolean losesFirstAnswers;

    /** An answer instead of the right one; nothing is carried out. */
    record Fault(int status) {}

    ApiServerDouble() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private record Answer(int status, String body) {
        static Answer of(JsonNode body) {
            return new Answer(200, body.toString());
        }

        static Answer status(int status, String message) {
            return new Answer(
                    status,
                    JSON.createObjectNode()
                            .put("kind", "Status")
                            .put("message", message)
                            .toString());
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
        Fault fault = faults.poll();
        Answer answer = fault == null ? answer(exchange, path, body) : Answer.status(fault.status(), "later");
        if (losesFirstAnswers && exchange.getRequestMethod().equals("POST") && answer.status() == 200) {
            answer = Answer.status(500, "lost");
        }
        exchange.getResponseHeaders().add("Retry-After", "0");
        byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(answer.status(), bytes.length);
        try (var out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    private synchronized Answer answer(HttpExchange exchange, String path, String body) throws IOException {
        if (!installed && path.contains("kubevirt.io")) {
            return Answer.status(404, "404 page not found");
        }
        return switch (exchange.getRequestMethod()) {
            case "GET" -> get(exchange, path);
            case "POST" -> create(path, (ObjectNode) JSON.readTree(body));
            case "PUT" -> act(path);
            case "DELETE" -> delete(path);
            default -> Answer.status(405, "no such method");
        };
    }

    private Answer get(HttpExchange exchange, String path) {
        if (path.endsWith("/log")) {
            return new Answer(200, printed);
        }
        if (objects.containsKey(path)) {
            return Answer.of(objects.get(path));
        }
        boolean collection = List.of("virtualmachines", "pods", "network-attachment-definitions", "configmaps")
                .contains(path.substring(path.lastIndexOf('/') + 1));
        if (!collection) {
            return Answer.status(404, "not found");
        }
        ObjectNode list = JSON.createObjectNode();
        var items = list.putArray("items");
        String query = Optional.ofNullable(exchange.getRequestURI().getQuery()).orElse("");
        objects.forEach((name, object) -> {
            if (name.startsWith(path + "/") && matches(object, query)) {
                items.add(object);
            }
        });
        return Answer.of(list);
    }

    private static boolean matches(JsonNode object, String query) {
        if (!query.startsWith("labelSelector=")) {
            return true;
        }
        String[] wanted = query.substring("labelSelector=".length()).split("=", 2);
        return object.path("metadata").path("labels").path(wanted[0]).asText().equals(wanted[1]);
    }

    private Answer create(String path, ObjectNode object) {
        String place = path + "/" + object.path("metadata").path("name").asText();
        if (objects.containsKey(place)) {
            return Answer.status(409, place + " already exists");
        }
        object.withObjectProperty("metadata").put("uid", UUID.randomUUID().toString());
        objects.put(place, object);
        if (place.contains(MACHINES)) {
            instance(place, object);
        }
        return Answer.of(object);
    }

    /** What KubeVirt's controllers make of a machine. */
    private void instance(String place, ObjectNode machine) {
        ObjectNode instance = JSON.createObjectNode();
        String uid = UUID.randomUUID().toString();
        instance.putObject("metadata").put("uid", uid);
        ObjectNode status = instance.putObject("status").put("phase", firstPhase);
        if (machine.at("/spec/template/spec/startStrategy").asText().equals("Paused")) {
            status.putArray("conditions").addObject().put("type", "Paused").put("status", "True");
        }
        objects.put(place.replace(MACHINES, "/virtualmachineinstances/"), instance);
        ObjectNode pod = JSON.createObjectNode();
        ObjectNode metadata = pod.putObject("metadata").put("name", "launcher-" + uid);
        metadata.putObject("labels").put("kubevirt.io/created-by", uid);
        String namespace = place.split("/")[5];
        objects.put("/api/v1/namespaces/" + namespace + "/pods/launcher-" + uid, pod);
    }

    private Answer act(String path) {
        String place = path.substring(0, path.lastIndexOf('/')).replace("subresources.kubevirt.io", "kubevirt.io");
        if (!objects.containsKey(place)) {
            return Answer.status(404, "not found");
        }
        if (path.endsWith("/unpause")) {
            objects.get(place).withObjectProperty("status").putArray("conditions");
        } else {
            objects.remove(place.replace(MACHINES, "/virtualmachineinstances/"));
        }
        return new Answer(202, "");
    }

    private Answer delete(String path) {
        ObjectNode gone = objects.remove(path);
        if (gone == null) {
            return Answer.status(404, "not found");
        }
        objects.remove(path.replace(MACHINES, "/virtualmachineinstances/"));
        return Answer.of(gone);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
