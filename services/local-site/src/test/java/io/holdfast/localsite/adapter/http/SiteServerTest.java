package io.holdfast.localsite.adapter.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import io.holdfast.localsite.adapter.json.SiteState;
import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.plan.Port;
import io.holdfast.localsite.plan.PortPlan;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SiteServerTest {
    private static final String TOKEN = "control-token";

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<String> actions = new CopyOnWriteArrayList<>();
    private final AtomicReference<Headers> seen = new AtomicReference<>();
    private HttpServer backend;
    private SiteServer server;
    private int port;

    private final class Recorded implements SiteControl {
        @Override
        public SiteState state(boolean asking) {
            return new SiteState(1, "library", 2, 0, "READY", "site", "http://127.0.0.1:1", List.of());
        }

        @Override
        public void start(Part part) {
            actions.add("start " + part);
        }

        @Override
        public void stop(Part part) {
            actions.add("stop " + part);
        }

        @Override
        public void kill(Part part) {
            actions.add("kill " + part);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @BeforeEach
    void start() throws IOException {
        backend = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        int backendPort = backend.getAddress().getPort();
        backend.createContext("/", exchange -> {
            seen.set(exchange.getRequestHeaders());
            byte[] body = exchange.getRequestBody().readAllBytes();
            String path = exchange.getRequestURI().getRawPath();
            exchange.getResponseHeaders().set("X-Seen", exchange.getRequestMethod() + " " + exchange.getRequestURI());
            switch (path) {
                case "/api/v1/vms/made" -> {
                    exchange.getResponseHeaders().set("Location", "http://127.0.0.1:" + backendPort + "/api/v1/vms/7");
                    exchange.sendResponseHeaders(201, -1);
                }
                case "/api/v1/vms/none" -> exchange.sendResponseHeaders(204, -1);
                case "/api/v1/vms/streamed" -> {
                    exchange.sendResponseHeaders(200, 0);
                    for (int chunk = 0; chunk < 100; chunk++) {
                        exchange.getResponseBody().write(new byte[10_000]);
                    }
                }
                default -> {
                    exchange.sendResponseHeaders(418, body.length == 0 ? -1 : body.length);
                    exchange.getResponseBody().write(body);
                }
            }
            exchange.close();
        });
        backend.start();
        port = freePort();
        PortPlan ports = PortPlan.of(
                20000, Map.of(Port.SITE, port, Port.INVENTORY_HTTP, backendPort, Port.JOURNAL_STORE_HTTP, freePort()));
        server = new SiteServer(ports, EnumSet.allOf(Part.class), client, new Recorded(), TOKEN);
    }

    @AfterEach
    void stop() {
        server.close();
        backend.stop(0);
        client.shutdownNow();
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    }

    private HttpResponse<String> send(HttpRequest request) throws Exception {
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void method_query_status_and_body_pass_through() throws Exception {
        HttpResponse<String> reply = send(to("/api/v1/vms?limit=5&cursor=a%2Fb")
                .method("PATCH", BodyPublishers.ofString("{\"x\":1}"))
                .build());
        assertThat(reply.statusCode()).isEqualTo(418);
        assertThat(reply.body()).isEqualTo("{\"x\":1}");
        assertThat(reply.headers().firstValue("X-Seen")).contains("PATCH /api/v1/vms?limit=5&cursor=a%2Fb");
    }

    @Test
    void headers_pass_and_those_of_the_connection_do_not() throws Exception {
        send(to("/api/v1/vms")
                .header("Authorization", "Bearer abc")
                .header("Idempotency-Key", "key")
                .header("X-Forwarded-For", "6.6.6.6")
                .build());
        assertThat(seen.get().getFirst("Authorization")).isEqualTo("Bearer abc");
        assertThat(seen.get().getFirst("Idempotency-Key")).isEqualTo("key");
        assertThat(seen.get().get("X-Forwarded-For")).containsExactly("127.0.0.1");
    }

    @Test
    void a_good_request_id_is_taken_over_and_a_bad_one_is_replaced() throws Exception {
        send(to("/api/v1/vms").header("X-Request-Id", "my-id_1.2").build());
        assertThat(seen.get().getFirst("X-Request-Id")).isEqualTo("my-id_1.2");
        HttpResponse<String> reply =
                send(to("/api/v1/vms").header("X-Request-Id", "bad id!").build());
        assertThat(seen.get().getFirst("X-Request-Id")).doesNotContain("bad");
        assertThat(reply.headers().firstValue("X-Request-Id"))
                .contains(seen.get().getFirst("X-Request-Id"));
    }

    @Test
    void a_location_names_the_sites_address_and_not_the_services() throws Exception {
        HttpResponse<String> reply =
                send(to("/api/v1/vms/made").POST(BodyPublishers.noBody()).build());
        assertThat(reply.headers().firstValue("Location")).contains("http://127.0.0.1:" + port + "/api/v1/vms/7");
    }

    @Test
    void an_empty_answer_stays_empty_and_a_long_one_is_whole() throws Exception {
        assertThat(send(to("/api/v1/vms/none").DELETE().build()).statusCode()).isEqualTo(204);
        assertThat(send(to("/api/v1/vms/streamed").build()).body()).hasSize(1_000_000);
        assertThat(send(to("/api/v1/vms/streamed").HEAD().build()).body()).isEmpty();
    }

    @Test
    void a_service_that_is_down_is_named_in_a_problem() throws Exception {
        HttpResponse<String> reply = send(to("/api/v1/journals").build());
        assertThat(reply.statusCode()).isEqualTo(502);
        assertThat(reply.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(reply.body())
                .contains("\"code\":\"DEPENDENCY_UNAVAILABLE\"")
                .contains("journal-store")
                .contains("\"instance\":\"/api/v1/journals\"");
    }

    @Test
    void a_body_beyond_the_limit_is_refused() throws Exception {
        HttpResponse<String> reply = send(to("/api/v1/vms")
                .POST(BodyPublishers.ofByteArray(new byte[Forwarder.LARGEST_REQUEST_BYTES + 1]))
                .build());
        assertThat(reply.statusCode()).isEqualTo(413);
        assertThat(reply.body()).contains("REQUEST_TOO_LARGE");
    }

    @Test
    void parts_are_controlled_only_with_the_token() throws Exception {
        HttpRequest.Builder kill = to("/control/parts/replication-agent/kill").POST(BodyPublishers.noBody());
        assertThat(send(kill.build()).statusCode()).isEqualTo(401);
        for (String wrong :
                List.of("Bearer ", "Bearer control-toke", "Bearer control-token2", "Basic control-token", TOKEN)) {
            assertThat(send(kill.copy().header("Authorization", wrong).build()).statusCode())
                    .isEqualTo(401);
        }
        assertThat(actions).isEmpty();
        assertThat(send(kill.copy().header("Authorization", "Bearer " + TOKEN).build())
                        .statusCode())
                .isEqualTo(200);
        assertThat(actions).containsExactly("kill replication-agent");
    }

    @Test
    void unknown_parts_and_actions_change_nothing() throws Exception {
        for (String path : List.of("/control/parts/nobody/kill", "/control/parts/kafka/explode")) {
            HttpResponse<String> reply = send(to(path).header("Authorization", "Bearer " + TOKEN)
                    .POST(BodyPublishers.noBody())
                    .build());
            assertThat(reply.statusCode()).isEqualTo(404);
        }
        HttpResponse<String> read = send(to("/control/parts/kafka/kill")
                .header("Authorization", "Bearer " + TOKEN)
                .build());
        assertThat(read.statusCode()).isEqualTo(405);
        assertThat(actions).isEmpty();
    }

    @Test
    void index_and_status_answer() throws Exception {
        assertThat(send(to("/").build()).body()).contains("/api/v1/journals");
        assertThat(send(to("/status").build()).body()).contains("\"phase\" : \"READY\"");
        assertThat(send(to("/api/v1/vms/../../q").build()).statusCode()).isEqualTo(400);
    }

    @Test
    void raw_rubbish_never_stops_the_server() throws Exception {
        for (String rubbish : List.of(
                "\0\0\0\0\r\n\r\n",
                "GET\r\n\r\n",
                "GET /status HTTP/9.9\r\n\r\n",
                "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET http://169.254.169.254/latest HTTP/1.1\r\nHost: x\r\n\r\n",
                "POST /api/v1/vms HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
                "POST /api/v1/vms HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
                "GET /status HTTP/1.1\r\nHost: x\r\nX: " + "y".repeat(600_000) + "\r\n\r\n")) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.setSoTimeout(5_000);
                socket.getOutputStream().write(rubbish.getBytes(StandardCharsets.ISO_8859_1));
                socket.shutdownOutput();
                socket.getInputStream().readAllBytes();
            } catch (IOException dropped) {
                // Closing the connection is a right answer too.
            }
            assertThat(send(to("/status").build()).statusCode()).isEqualTo(200);
        }
    }
}
