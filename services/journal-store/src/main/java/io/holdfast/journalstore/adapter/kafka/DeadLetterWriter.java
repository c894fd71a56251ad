package io.holdfast.journalstore.adapter.kafka;

import com.google.protobuf.ByteString;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.proto.v1.DeadLetter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Keeps records of {@code changes} that the journal refuses, durably, before the journal passes them. */
final class DeadLetterWriter implements AutoCloseable {
    private static final long LIMIT_SECONDS = 30;

    private final Map<String, Object> settings;
    private final String topic;
    private KafkaProducer<byte[], byte[]> producer;

    DeadLetterWriter(Map<String, Object> clientSettings, String topicPrefix) {
        settings = new HashMap<>(clientSettings);
        settings.put("client.id", "journal-dead-letters");
        settings.put("acks", "all");
        settings.put("enable.idempotence", true);
        settings.put("max.request.size", Topic.CHANGES.maxRecordBytes() + (1 << 20));
        topic = Topic.CHANGES.deadLetterName(topicPrefix);
    }

    /** @throws HoldfastException {@code DEPENDENCY_UNAVAILABLE} when Kafka does not take it in time */
    void keep(ConsumerRecord<byte[], byte[]> record, HoldfastException cause) {
        DeadLetter.Builder letter = DeadLetter.newBuilder()
                .setTopic(record.topic())
                .setPartition(record.partition())
                .setOffset(record.offset())
                .setReader("journal-store")
                .setCode(cause.code().name())
                .setMessage(cause.getMessage())
                .setAtMicros(ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()));
        if (record.key() != null) {
            letter.setKey(ByteString.copyFrom(record.key()));
        }
        if (record.value() != null) {
            letter.setValue(ByteString.copyFrom(record.value()));
        }
        try {
            producer()
                    .send(new ProducerRecord<>(
                            topic, record.key(), letter.build().toByteArray()))
                    .get(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException | KafkaException failure) {
            throw unavailable(failure);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw unavailable(stopping);
        }
    }

    /** Made at the first need: without a Kafka to be found it cannot be made, and recovery has to start all the same. */
    private synchronized KafkaProducer<byte[], byte[]> producer() {
        if (producer == null) {
            producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        }
        return producer;
    }

    private HoldfastException unavailable(Exception failure) {
        return new HoldfastException(
                CommonError.DEPENDENCY_UNAVAILABLE, "Kafka does not take a dead letter for " + topic, failure);
    }

    @Override
    public synchronized void close() {
        if (producer != null) {
            producer.close(java.time.Duration.ofSeconds(5));
        }
    }
}
