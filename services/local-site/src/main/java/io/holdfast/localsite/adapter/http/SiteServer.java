package io.holdfast.localsite.adapter.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import io.holdfast.localsite.adapter.json.StateFile;
import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.plan.Port;
import io.holdfast.localsite.plan.PortPlan;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;

/**
 * The site's one base address, on the loopback interface: a small reverse proxy, {@code /status}, and the control of
 * the parts. Each request runs on a virtual thread; at most {@value #MOST_AT_ONCE} at once, more are answered 503.
 */
public final class SiteServer implements AutoCloseable {
    private static final int MOST_AT_ONCE = 64;
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
    private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    static {
        // Read once by the JDK's server. Without the first each answer waits 40 ms for the client's delayed
        // acknowledgement; the others bound idle and slow clients (seconds, then a count).
        setIfAbsent("sun.net.httpserver.nodelay", "true");
        setIfAbsent("sun.net.httpserver.maxReqTime", "60");
        setIfAbsent("jdk.httpserver.maxConnections", "256");
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore places = new Semaphore(MOST_AT_ONCE);
    private final Routes routes;
    private final Forwarder forwarder;
    private final SiteControl control;
    private final byte[] controlToken;
    private final IndexPage index;

    private static void setIfAbsent(String name, String value) {
        if (System.getProperty(name) == null) {
            System.setProperty(name, value);
        }
    }

    /**
     * Listens at once.
     *
     * @param controlToken what a caller of {@code /control} must present as its bearer token
     * @throws HoldfastException {@code LOCAL_SITE_PORT_IN_USE} when the port was taken in the meantime
     */
    public SiteServer(PortPlan ports, Set<Part> parts, HttpClient client, SiteControl control, String controlToken) {
        int port = ports.number(Port.SITE);
        this.routes = new Routes(parts);
        this.forwarder = new Forwarder(client, part -> ports.number(Port.httpOf(part)), port);
        this.control = control;
        this.controlToken = controlToken.getBytes(StandardCharsets.UTF_8);
        this.index = new IndexPage(ports, parts);
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 128);
        } catch (IOException taken) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_PORT_IN_USE,
                    "Port %d for site cannot be opened: %s.".formatted(port, taken.getMessage()),
                    taken);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String requestId = requestId(exchange);
        exchange.getResponseHeaders().set("X-Request-Id", requestId);
        if (!places.tryAcquire()) {
            exchange.getResponseHeaders().set("Retry-After", "1");
            Replies.problem(
                    exchange, requestId, 503, "EXHAUSTED", "%d requests are being served.".formatted(MOST_AT_ONCE));
            exchange.close();
            return;
        }
        try (exchange) {
            dispatch(exchange, requestId);
        } finally {
            places.release();
        }
    }

    private static String requestId(HttpExchange exchange) {
        String given = exchange.getRequestHeaders().getFirst("X-Request-Id");
        return given != null && REQUEST_ID.matcher(given).matches()
                ? given
                : UUID.randomUUID().toString();
    }

    private void dispatch(HttpExchange exchange, String requestId) throws IOException {
        if (!METHODS.contains(exchange.getRequestMethod())) {
            Replies.problem(exchange, requestId, 405, "METHOD_NOT_ALLOWED", "Allowed are " + METHODS + ".");
            return;
        }
        switch (routes.of(exchange.getRequestURI().getRawPath())) {
            case Target.Service service -> forwarder.forward(exchange, service, requestId);
            case Target.Index page -> Replies.send(exchange, 200, "text/plain; charset=utf-8", index.text());
            case Target.Status status ->
                Replies.send(exchange, 200, "application/json", StateFile.toJson(control.state(true)));
            case Target.Control action -> act(exchange, action, requestId);
            case Target.Refused refused ->
                Replies.problem(exchange, requestId, refused.status(), refused.code(), refused.detail());
        }
    }

    private void act(HttpExchange exchange, Target.Control action, String requestId) throws IOException {
        if (!mayControl(exchange.getRequestHeaders().get("Authorization"))) {
            Replies.problem(
                    exchange,
                    requestId,
                    401,
                    "UNAUTHENTICATED",
                    "Parts are controlled with the token in the site's file tokens/control.token.");
            return;
        }
        if (!exchange.getRequestMethod().equals("POST")) {
            Replies.problem(exchange, requestId, 405, "METHOD_NOT_ALLOWED", "Actions on parts are sent with POST.");
            return;
        }
        try {
            Part part = Part.parse(action.part());
            switch (action.action()) {
                case "start" -> control.start(part);
                case "stop" -> control.stop(part);
                case "kill" -> control.kill(part);
                case "restart" -> control.restart(part);
                default -> {
                    Replies.problem(
                            exchange,
                            requestId,
                            404,
                            "LOCAL_SITE_ACTION_REFUSED",
                            "The actions are start, stop, kill and restart.");
                    return;
                }
            }
            Replies.send(exchange, 200, "application/json", StateFile.toJson(control.state(false)));
        } catch (HoldfastException refused) {
            Replies.problem(
                    exchange,
                    requestId,
                    refused.code().blame().httpStatus(),
                    refused.code().name(),
                    refused.getMessage());
        }
    }

    private boolean mayControl(List<String> authorization) {
        if (authorization == null || authorization.size() != 1) {
            return false;
        }
        String value = authorization.getFirst();
        // Compares every byte whatever the first difference: time must not tell how much was right.
        return value.startsWith("Bearer ")
                && MessageDigest.isEqual(
                        value.substring("Bearer ".length()).getBytes(StandardCharsets.UTF_8), controlToken);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
