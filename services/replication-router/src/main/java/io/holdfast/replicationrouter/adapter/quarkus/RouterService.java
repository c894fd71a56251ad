package io.holdfast.replicationrouter.adapter.quarkus;

import io.holdfast.changestream.Batches;
import io.holdfast.kernel.DataSize;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.platform.kafka.HoldfastKafka;
import io.holdfast.platform.kafka.KafkaSettings;
import io.holdfast.platform.security.ServiceToken;
import io.holdfast.replicationrouter.adapter.grpc.AgentLinkServer;
import io.holdfast.replicationrouter.adapter.node.NodeOptions;
import io.holdfast.replicationrouter.adapter.node.RouterNode;
import io.holdfast.replicationrouter.checkpoint.CutLimits;
import io.holdfast.replicationrouter.runtime.RouterSettings;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Starts the router with the application and stops it with it. */
@ApplicationScoped
public class RouterService {
    private final RouterConfig config;
    private final TlsConfig tls;
    private final RouterMetrics metrics;
    private final Map<String, Object> kafka;
    private final KafkaSettings kafkaSettings;
    private final HoldfastKafka holdfastKafka;
    private final ServiceToken token;
    private RouterNode node;

    RouterService(
            RouterConfig config,
            TlsConfig tls,
            RouterMetrics metrics,
            @Identifier("default-kafka-broker") Map<String, Object> kafka,
            KafkaSettings kafkaSettings,
            HoldfastKafka holdfastKafka,
            ServiceToken token) {
        this.config = config;
        this.tls = tls;
        this.metrics = metrics;
        this.kafka = kafka;
        this.kafkaSettings = kafkaSettings;
        this.holdfastKafka = holdfastKafka;
        this.token = token;
    }

    void start(@Observes StartupEvent event) {
        node = new RouterNode(options(), holdfastKafka, metrics, token::authorizationHeader);
    }

    void stop(@Observes ShutdownEvent event) {
        if (node != null) {
            node.close();
        }
    }

    RouterNode node() {
        return node;
    }

    private NodeOptions options() {
        Map<String, Object> clientSettings = new HashMap<>(kafka);
        // Serializers and the application's id belong to channels of Quarkus; this service makes its own clients.
        clientSettings
                .keySet()
                .removeIf(key -> key.startsWith("key.") || key.startsWith("value.") || key.equals("group.id"));
        return new NodeOptions(
                new RouterSettings(
                        config.advertisedAddress(),
                        between(
                                "heartbeat-interval",
                                config.heartbeatInterval(),
                                Duration.ofMillis(100),
                                Duration.ofMinutes(1)),
                        between("hello-timeout", config.helloTimeout(), Duration.ofMillis(100), Duration.ofMinutes(5)),
                        new CutLimits(
                                between(
                                        "cut-timeout",
                                        config.cutTimeout(),
                                        Duration.ofMillis(100),
                                        Duration.ofMinutes(5)),
                                between("hold-limit", config.holdLimit(), Duration.ofMillis(1), Duration.ofMillis(500)),
                                between(
                                        "freeze-limit",
                                        config.freezeLimit(),
                                        Duration.ofMillis(1),
                                        Duration.ofSeconds(10))),
                        between(
                                "status-interval",
                                config.statusInterval(),
                                Duration.ofMillis(100),
                                Duration.ofMinutes(1)),
                        between("max-sessions", config.maxSessions(), 1, 10_000),
                        bytes("in-flight-limit", config.inFlightLimit(), Batches.MAX_SEALED_BYTES, 1L << 30),
                        LinkRates.of(config.linkRate(), config.linkWindows())),
                address(config.advertisedAddress()),
                between("listen-port", config.listenPort(), 0, 65_535),
                new AgentLinkServer.TlsFiles(tls.certificate(), tls.key(), tls.trust()),
                Math.toIntExact(bytes("connection-window", config.connectionWindow(), 64 << 10, 8 << 20)),
                clientSettings,
                kafkaSettings.deliveryLimit(),
                between("lease-timeout", config.leaseTimeout(), Duration.ofSeconds(6), Duration.ofMinutes(5)));
    }

    private static String address(String text) {
        if (!text.matches("[^\\s:/]+:\\d{1,5}|\\[[0-9a-fA-F:]+\\]:\\d{1,5}")) {
            throw invalid("advertised-address", text, "host:port, such as router.site-b.example:9443");
        }
        return text;
    }

    private static <T extends Comparable<T>> T between(String setting, T value, T min, T max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw invalid(setting, value, min + " to " + max);
        }
        return value;
    }

    private static long bytes(String setting, String text, long min, long max) {
        return between(setting, DataSize.parse(text), new DataSize(min), new DataSize(max))
                .bytes();
    }

    private static HoldfastException invalid(String setting, Object value, String allowed) {
        return new HoldfastException(
                CommonError.INVALID_CONFIGURATION,
                "holdfast.router.%s is '%s'; allowed is %s".formatted(setting, value, allowed));
    }
}
