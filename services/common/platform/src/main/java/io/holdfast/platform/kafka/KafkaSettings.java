package io.holdfast.platform.kafka;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * How Holdfast uses Kafka. Where Kafka is, and how to log in there, are Kafka's own settings: {@code
 * kafka.bootstrap.servers}, {@code kafka.security.protocol} and so on.
 */
@ConfigMapping(prefix = "holdfast.kafka")
public interface KafkaSettings {
    /** In front of every topic's name, so that several sites can share a cluster. All services of a site have the same. */
    @WithDefault("holdfast.")
    @Pattern(regexp = "[A-Za-z0-9._-]{0,64}", message = "is at most 64 characters of A-Z a-z 0-9 . _ -")
    String topicPrefix();

    /** Copies of every topic that is created; without it the cluster's default. Fewer than 3 lose data with a broker. */
    OptionalInt replicationFactor();

    /** Journal pods: {@code changes} gets four partitions for each. More can be added later, none taken away. */
    @WithDefault("1")
    @Min(1)
    @Max(1024)
    int journalPods();

    /** How long one attempt waits for Kafka. Longer hides an outage, shorter reports a slow cluster as one. */
    @WithDefault("20s")
    Duration requestLimit();

    /** How long a write is retried before it counts as failed. Longer rides out a broker's restart, and blocks longer. */
    @WithDefault("30s")
    Duration deliveryLimit();
}
