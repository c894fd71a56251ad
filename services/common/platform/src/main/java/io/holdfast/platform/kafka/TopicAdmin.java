package io.holdfast.platform.kafka;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jboss.logging.Logger;

/**
 * Creates missing topics and refuses unfit ones (proto/topics.md: whoever starts first creates them). Each call is one
 * connection and at most {@link KafkaConnection#requestLimit()} per question; repeating it is the caller's decision.
 */
public final class TopicAdmin {
    private static final Logger LOG = Logger.getLogger(TopicAdmin.class);
    private static final int DEAD_LETTER_FRAME_BYTES = 64 << 10;

    /** What a topic has in Kafka. {@code retention} is empty when records are kept without limit of time. */
    public record Settings(String topic, int partitions, boolean compacted, Optional<Duration> retention) {}

    private final KafkaConnection kafka;

    public TopicAdmin(KafkaConnection kafka) {
        this.kafka = kafka;
    }

    /**
     * Makes sure that the topics, and a dead letter topic for each, exist and are fit. {@code changes} gets partitions
     * added when there are journal pods more; nothing else of an existing topic is altered.
     *
     * @throws HoldfastException {@code DEPENDENCY_UNAVAILABLE} when Kafka does not answer in time; {@code
     *     KAFKA_TOPIC_UNFIT} when an existing topic compacts where records must stay, or the reverse
     */
    public void ensure(Topic... topics) {
        call(admin -> {
            create(admin, Arrays.asList(topics));
            for (Topic topic : topics) {
                Settings found = describe(admin, topic);
                int wanted = topic.partitions(kafka.journalPods());
                if (found.compacted() != topic.compacted()) {
                    throw new HoldfastException(
                            KafkaError.KAFKA_TOPIC_UNFIT,
                            "topic %s has cleanup.policy %s and needs %s"
                                    .formatted(found.topic(), policy(found.compacted()), policy(topic.compacted())));
                }
                if (found.partitions() < wanted) {
                    addPartitions(admin, found, wanted);
                }
                warnAboutRetention(topic, found);
            }
            return null;
        });
    }

    /** Every topic, as {@link #ensure}. */
    public void ensureAll() {
        ensure(Topic.values());
    }

    /**
     * What the topic has now.
     *
     * @throws HoldfastException {@code DEPENDENCY_UNAVAILABLE} when Kafka does not answer in time or has no such topic
     */
    public Settings describe(Topic topic) {
        return call(admin -> describe(admin, topic));
    }

    private void create(Admin admin, Collection<Topic> topics) throws Exception {
        var missing = new TreeMap<String, NewTopic>();
        Collection<String> existing = wait(admin.listTopics().names());
        for (Topic topic : topics) {
            var all = List.of(main(topic), deadLetters(topic));
            all.forEach(wanted -> missing.put(wanted.name(), wanted));
        }
        missing.keySet().removeAll(existing);
        for (var creation : admin.createTopics(missing.values()).values().entrySet()) {
            try {
                wait(creation.getValue());
                LOG.infof("topic created topic=%s", creation.getKey());
            } catch (ExecutionException failed) {
                // Another service was faster, which is what was wanted.
                if (!(failed.getCause() instanceof TopicExistsException)) {
                    throw failed;
                }
            }
        }
    }

    private NewTopic main(Topic topic) {
        var settings = new HashMap<String, String>();
        settings.put("cleanup.policy", policy(topic.compacted()));
        topic.retention().ifPresent(time -> settings.put("retention.ms", String.valueOf(time.toMillis())));
        settings.put("max.message.bytes", String.valueOf(topic.maxRecordBytes()));
        return newTopic(topic.name(kafka.topicPrefix()), topic.partitions(kafka.journalPods()), settings);
    }

    private NewTopic deadLetters(Topic topic) {
        return newTopic(
                topic.deadLetterName(kafka.topicPrefix()),
                1,
                Map.of(
                        "cleanup.policy", "delete",
                        "retention.ms", String.valueOf(Topic.DEAD_LETTER_RETENTION.toMillis()),
                        "max.message.bytes", String.valueOf(topic.maxRecordBytes() + DEAD_LETTER_FRAME_BYTES)));
    }

    private NewTopic newTopic(String name, int partitions, Map<String, String> settings) {
        Optional<Short> copies = kafka.replicationFactor().isPresent()
                ? Optional.of((short) kafka.replicationFactor().getAsInt())
                : Optional.empty();
        return new NewTopic(name, Optional.of(partitions), copies).configs(settings);
    }

    private Settings describe(Admin admin, Topic topic) throws Exception {
        String name = topic.name(kafka.topicPrefix());
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
        // A topic that was created just now may not be known to the broker that is asked.
        long deadline = System.nanoTime() + kafka.requestLimit().toNanos();
        while (true) {
            try {
                int partitions = wait(admin.describeTopics(List.of(name)).allTopicNames())
                        .get(name)
                        .partitions()
                        .size();
                Config config =
                        wait(admin.describeConfigs(List.of(resource)).all()).get(resource);
                String policy = value(config, "cleanup.policy");
                long retentionMillis = Long.parseLong(value(config, "retention.ms"));
                boolean compacted = policy.contains("compact");
                return new Settings(
                        name,
                        partitions,
                        compacted,
                        compacted && !policy.contains("delete") || retentionMillis < 0
                                ? Optional.empty()
                                : Optional.of(Duration.ofMillis(retentionMillis)));
            } catch (ExecutionException failed) {
                if (!(failed.getCause() instanceof UnknownTopicOrPartitionException) || System.nanoTime() > deadline) {
                    throw failed;
                }
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
    }

    private static String value(Config config, String name) {
        ConfigEntry entry = config.get(name);
        return entry == null || entry.value() == null ? "" : entry.value();
    }

    private void addPartitions(Admin admin, Settings found, int wanted) throws Exception {
        try {
            wait(admin.createPartitions(Map.of(found.topic(), NewPartitions.increaseTo(wanted)))
                    .all());
            LOG.infof("partitions added topic=%s from=%d to=%d", found.topic(), found.partitions(), wanted);
        } catch (ExecutionException failed) {
            // Another service was faster.
            if (!(failed.getCause() instanceof InvalidPartitionsException)) {
                throw failed;
            }
        }
    }

    private static void warnAboutRetention(Topic topic, Settings found) {
        if (topic.retention().isPresent()
                && found.retention().isPresent()
                && found.retention().get().compareTo(topic.retention().get()) < 0) {
            LOG.warnf(
                    "topic keeps its records for less time than it is made for: readers that are away longer lose some"
                            + " topic=%s retention=%s expected=%s",
                    found.topic(), found.retention().get(), topic.retention().get());
        }
    }

    private static String policy(boolean compacted) {
        return compacted ? "compact" : "delete";
    }

    private interface Call<T> {
        T with(Admin admin) throws Exception;
    }

    private <T> T call(Call<T> call) {
        int limitMillis = Math.toIntExact(kafka.requestLimit().toMillis());
        try (Admin admin = Admin.create(kafka.with(Map.of(
                "client.id",
                "holdfast-admin",
                "default.api.timeout.ms",
                limitMillis,
                "request.timeout.ms",
                Math.min(limitMillis, 10_000))))) {
            try {
                return call.with(admin);
            } finally {
                admin.close(Duration.ofSeconds(1));
            }
        } catch (HoldfastException ours) {
            throw ours;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw unavailable("interrupted", stopped);
        } catch (ExecutionException failed) {
            throw unavailable(String.valueOf(failed.getCause().getMessage()), failed.getCause());
        } catch (TimeoutException late) {
            throw unavailable("no answer within " + kafka.requestLimit(), late);
        } catch (KafkaException failed) {
            Throwable root = failed.getCause() == null ? failed : failed.getCause();
            throw unavailable(String.valueOf(root.getMessage()), failed);
        } catch (Exception failed) {
            throw unavailable(failed.toString(), failed);
        }
    }

    private <T> T wait(KafkaFuture<T> answer) throws Exception {
        return answer.get(kafka.requestLimit().toMillis(), TimeUnit.MILLISECONDS);
    }

    private HoldfastException unavailable(String why, Throwable cause) {
        return new HoldfastException(
                CommonError.DEPENDENCY_UNAVAILABLE,
                "Kafka at %s cannot be used: %s; check kafka.bootstrap.servers and the cluster"
                        .formatted(kafka.bootstrapServers(), why),
                cause);
    }
}
