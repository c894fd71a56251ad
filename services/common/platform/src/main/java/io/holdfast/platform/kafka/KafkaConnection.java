package io.holdfast.platform.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * Where Kafka is and how Holdfast uses it, as plain values: tests and tools need no Quarkus.
 *
 * @param clientSettings Kafka's own settings for any client, at least {@code bootstrap.servers}
 */
public record KafkaConnection(
        Map<String, Object> clientSettings,
        String topicPrefix,
        OptionalInt replicationFactor,
        int journalPods,
        Duration requestLimit,
        Duration deliveryLimit) {
    public KafkaConnection {
        clientSettings = Map.copyOf(clientSettings);
        Objects.requireNonNull(topicPrefix, "topicPrefix");
    }

    /** With the defaults of {@link KafkaSettings}. */
    public static KafkaConnection of(String bootstrapServers, String topicPrefix) {
        return new KafkaConnection(
                Map.of("bootstrap.servers", bootstrapServers),
                topicPrefix,
                OptionalInt.empty(),
                1,
                Duration.ofSeconds(20),
                Duration.ofSeconds(30));
    }

    static KafkaConnection of(Map<String, Object> clientSettings, KafkaSettings settings) {
        return new KafkaConnection(
                clientSettings,
                settings.topicPrefix(),
                settings.replicationFactor(),
                settings.journalPods(),
                settings.requestLimit(),
                settings.deliveryLimit());
    }

    String bootstrapServers() {
        return String.valueOf(clientSettings.get("bootstrap.servers"));
    }

    /** The client settings with these on top. */
    Map<String, Object> with(Map<String, Object> more) {
        var all = new HashMap<>(clientSettings);
        all.putAll(more);
        return all;
    }
}
