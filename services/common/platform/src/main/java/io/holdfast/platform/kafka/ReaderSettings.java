package io.holdfast.platform.kafka;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * How one reader reads. Made by {@link HoldfastKafka#reader}; change single values with the {@code with} methods.
 *
 * @param name stable name: positions are stored under it, meters and health show it
 * @param partitions the partitions to read; empty = all, partitions that are added later are found within a minute
 * @param gatesReadiness whether the service counts as not ready until this reader has caught up for the first time. Say
 *     false where the service is of use without Kafka (recovery images are)
 * @param unforeseenAttempts how often a record is tried whose handling fails for no known reason
 * @param firstPause first pause between attempts; doubles up to {@code longestPause}
 * @param consumerSettings Kafka's own consumer settings, on top of ours
 */
public record ReaderSettings(
        String name,
        Topic topic,
        StartPosition start,
        Optional<Set<Integer>> partitions,
        boolean gatesReadiness,
        int unforeseenAttempts,
        Duration firstPause,
        Duration longestPause,
        Map<String, Object> consumerSettings) {
    public ReaderSettings {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(topic, "topic");
        Objects.requireNonNull(start, "start");
        partitions = partitions.map(Set::copyOf);
        consumerSettings = Map.copyOf(consumerSettings);
    }

    public static ReaderSettings of(String name, Topic topic, StartPosition start) {
        return new ReaderSettings(
                name, topic, start, Optional.empty(), true, 5, Duration.ofMillis(100), Duration.ofSeconds(5), Map.of());
    }

    public ReaderSettings withPartitions(Set<Integer> only) {
        return new ReaderSettings(
                name,
                topic,
                start,
                Optional.of(only),
                gatesReadiness,
                unforeseenAttempts,
                firstPause,
                longestPause,
                consumerSettings);
    }

    public ReaderSettings withoutGatingReadiness() {
        return new ReaderSettings(
                name, topic, start, partitions, false, unforeseenAttempts, firstPause, longestPause, consumerSettings);
    }

    public ReaderSettings withConsumerSettings(Map<String, Object> more) {
        return new ReaderSettings(
                name, topic, start, partitions, gatesReadiness, unforeseenAttempts, firstPause, longestPause, more);
    }
}
