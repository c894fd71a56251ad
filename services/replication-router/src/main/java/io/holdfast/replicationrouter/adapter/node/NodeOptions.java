package io.holdfast.replicationrouter.adapter.node;

import io.holdfast.replicationrouter.adapter.grpc.AgentLinkServer;
import io.holdfast.replicationrouter.runtime.RouterSettings;
import java.time.Duration;
import java.util.Map;

/**
 * Everything a router is started with.
 *
 * @param advertisedAddress host:port under which agents reach it
 * @param kafka {@code bootstrap.servers} and security settings
 * @param connectionWindowBytes HTTP/2 window of one connection
 */
public record NodeOptions(
        RouterSettings router,
        String advertisedAddress,
        int listenPort,
        AgentLinkServer.TlsFiles tls,
        int connectionWindowBytes,
        Map<String, Object> kafka,
        Duration kafkaDeliveryTimeout,
        Duration leaseTimeout) {

    public NodeOptions {
        kafka = Map.copyOf(kafka);
    }
}
