package io.holdfast.testkit.kafka;

import io.holdfast.testkit.SharedInJvm;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A real Kafka broker (KRaft) for tests, on free ports of the loopback address.
 *
 * <pre>{@code
 * KafkaFixture kafka = KafkaFixture.shared();
 * kafka.createTopic("t", 1, Map.of());
 * kafka.stop(); ... kafka.start();          // same port, same data
 * }</pre>
 *
 * <p>{@link #shared} is one broker per test JVM: use topic prefixes to stay apart, and start it again when a test has
 * stopped it. {@link #startOwn} is for tests that need it for themselves; close it. Safe for several threads.
 */
public final class KafkaFixture implements AutoCloseable {
    private static final String BROKER = "io.holdfast.testkit.kafka.InProcessBroker";
    private static final Duration CALL = Duration.ofSeconds(20);

    private final UnaryOperator<String> broker;
    private final boolean own;

    private KafkaFixture(String factory, boolean own) {
        this.broker = SharedInJvm.reach(BROKER, factory);
        this.own = own;
    }

    /** The broker that all tests of this JVM share. */
    public static KafkaFixture shared() {
        return new KafkaFixture("shared", false);
    }

    /** A broker of this test's own, gone with {@link #close}. */
    public static KafkaFixture startOwn() {
        return new KafkaFixture("create", true);
    }

    /** host:port, also while the broker is stopped. */
    public String bootstrapServers() {
        return broker.apply("bootstrap");
    }

    /** Stops the broker in order; its data and port stay. Nothing happens when it is stopped already. */
    public void stop() {
        broker.apply("stop");
    }

    /** Starts the broker again with the data it had. Nothing happens when it runs. */
    public void start() {
        broker.apply("start");
    }

    /** Creates a topic and waits until it is there. */
    public void createTopic(String name, int partitions, Map<String, String> settings) {
        try (Admin admin = Admin.create(clientSettings())) {
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(settings)))
                    .all()
                    .get(CALL.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception failure) {
            throw new IllegalStateException("topic " + name + " could not be created: " + failure, failure);
        }
    }

    /** Writes one record and waits for acks=all; a null value is a tombstone. */
    public void write(String topic, int partition, String key, byte[] value) {
        try (var producer =
                new KafkaProducer<>(clientSettings(), new ByteArraySerializer(), new ByteArraySerializer())) {
            byte[] keyBytes = key == null ? null : key.getBytes(StandardCharsets.UTF_8);
            producer.send(new ProducerRecord<>(topic, partition, keyBytes, value))
                    .get(CALL.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception failure) {
            throw new IllegalStateException("could not write to " + topic + ": " + failure, failure);
        }
    }

    /** Everything that the topic holds now, partition after partition; empty when the topic does not exist. */
    public List<ConsumerRecord<byte[], byte[]>> readAll(String topic) {
        var settings = clientSettings();
        settings.put("auto.offset.reset", "earliest");
        settings.put("allow.auto.create.topics", false);
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            var known = consumer.partitionsFor(topic, CALL);
            var partitions = (known == null ? List.<org.apache.kafka.common.PartitionInfo>of() : known)
                    .stream()
                            .map(info -> new TopicPartition(topic, info.partition()))
                            .toList();
            var read = new ArrayList<ConsumerRecord<byte[], byte[]>>();
            if (partitions.isEmpty()) {
                return read;
            }
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, CALL);
            long deadline = System.nanoTime() + CALL.toNanos();
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey(), CALL) < end.getValue())) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("topic " + topic + " could not be read to its end " + ends);
                }
                consumer.poll(Duration.ofMillis(100)).forEach(read::add);
            }
            return read;
        }
    }

    /** Offset behind the last record of a partition. */
    public long endOffset(String topic, int partition) {
        var where = new TopicPartition(topic, partition);
        try (var consumer =
                new KafkaConsumer<>(clientSettings(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            return consumer.endOffsets(List.of(where), CALL).get(where);
        }
    }

    /** Ends a broker of this test's own and deletes its data; the shared one stays. */
    @Override
    public void close() {
        if (own) {
            broker.apply("destroy");
        }
    }

    private Map<String, Object> clientSettings() {
        return new java.util.HashMap<>(Map.of(
                "bootstrap.servers", bootstrapServers(), "request.timeout.ms", 5000, "default.api.timeout.ms", 15000));
    }
}
