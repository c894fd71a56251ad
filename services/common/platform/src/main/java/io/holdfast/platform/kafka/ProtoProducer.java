package io.holdfast.platform.kafka;

import com.google.protobuf.MessageLite;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes protobuf messages with {@code acks=all} and idempotence: a completed future means durable in Kafka (invariant 2),
 * and records of one partition keep the order in which they were handed over.
 *
 * <p>Memory is bounded by Kafka's {@code buffer.memory} (32 MiB unless set otherwise); when it is full, {@code send} blocks
 * up to {@code max.block.ms} (10 s) and then fails the future. Errors come through the future, as {@link HoldfastException}
 * {@code DEPENDENCY_UNAVAILABLE} or {@code KAFKA_MESSAGE_TOO_LARGE}. Thread-safe.
 */
public final class ProtoProducer implements AutoCloseable {
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

    private final KafkaConnection kafka;
    private final KafkaProducer<byte[], byte[]> producer;
    private final KafkaClientMetrics meters;

    ProtoProducer(KafkaConnection kafka, String name, MeterRegistry registry, Map<String, Object> overrides) {
        this.kafka = kafka;
        int deliveryMillis = Math.toIntExact(kafka.deliveryLimit().toMillis());
        var settings = new HashMap<>(kafka.clientSettings());
        settings.putAll(Map.of(
                "client.id",
                name,
                "enable.idempotence",
                true,
                "acks",
                "all",
                "delivery.timeout.ms",
                deliveryMillis,
                "request.timeout.ms",
                Math.min(10_000, Math.max(1, deliveryMillis / 2)),
                "max.block.ms",
                Math.min(10_000, deliveryMillis),
                "max.request.size",
                Topic.CHANGES.maxRecordBytes() + (128 << 10)));
        settings.putAll(overrides);
        this.producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        this.meters = new KafkaClientMetrics(producer);
        meters.bindTo(registry);
    }

    /** Writes to the partition that the key's hash gives. */
    public CompletableFuture<RecordMetadata> send(Topic topic, String key, MessageLite message) {
        return sendBytes(topic, null, key, message.toByteArray());
    }

    /** Writes to a partition of the caller's choice (placement is a table, architecture section 3). */
    public CompletableFuture<RecordMetadata> send(Topic topic, int partition, String key, MessageLite message) {
        return sendBytes(topic, partition, key, message.toByteArray());
    }

    /** Says that the entity with this key is gone. Compacted topics only. */
    public CompletableFuture<RecordMetadata> sendTombstone(Topic topic, String key) {
        if (!topic.compacted()) {
            throw new IllegalArgumentException(topic + " is not compacted: a null value says nothing there");
        }
        return sendBytes(topic, null, key, null);
    }

    /** Writes bytes that are a message of this topic already; null = tombstone. For outboxes. */
    public CompletableFuture<RecordMetadata> sendBytes(Topic topic, Integer partition, String key, byte[] value) {
        if (value != null && value.length > topic.maxRecordBytes()) {
            return CompletableFuture.failedFuture(new HoldfastException(
                    KafkaError.KAFKA_MESSAGE_TOO_LARGE,
                    "a message for %s has %d bytes, allowed are %d"
                            .formatted(topic.baseName(), value.length, topic.maxRecordBytes())));
        }
        return sendTo(topic.name(kafka.topicPrefix()), partition, key, value);
    }

    /** Writes and waits until the record is durable. */
    public RecordMetadata sendAndWait(Topic topic, String key, MessageLite message) {
        return await(send(topic, key, message));
    }

    /** Waits for a future of this producer; throws its {@link HoldfastException} as it is. Bounded by the delivery limit. */
    public static <T> T await(CompletableFuture<T> sent) {
        try {
            return sent.join();
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof HoldfastException ours) {
                throw ours;
            }
            throw failed;
        }
    }

    CompletableFuture<RecordMetadata> sendTo(String topicName, Integer partition, String key, byte[] value) {
        var done = new CompletableFuture<RecordMetadata>();
        byte[] keyBytes = key == null ? null : key.getBytes(StandardCharsets.UTF_8);
        try {
            producer.send(new ProducerRecord<>(topicName, partition, keyBytes, value), (metadata, failure) -> {
                if (failure == null) {
                    done.complete(metadata);
                } else {
                    done.completeExceptionally(notWritten(topicName, failure));
                }
            });
        } catch (RuntimeException failure) {
            done.completeExceptionally(notWritten(topicName, failure));
        }
        return done;
    }

    /** Waits a little for what was handed over, then gives up: the unfinished futures fail. */
    @Override
    public void close() {
        meters.close();
        producer.close(CLOSE_LIMIT);
    }

    private HoldfastException notWritten(String topicName, Exception failure) {
        return new HoldfastException(
                CommonError.DEPENDENCY_UNAVAILABLE,
                "Kafka at %s did not take a record for %s: %s"
                        .formatted(kafka.bootstrapServers(), topicName, failure.getMessage()),
                failure);
    }
}
