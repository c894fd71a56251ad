package io.holdfast.platform.kafka;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The one entry to Kafka: topics, producers, readers. Closes what was made through it, readers first. Thread-safe.
 *
 * <p>In a service, inject it. Elsewhere: {@code new HoldfastKafka(KafkaConnection.of("host:9092", "holdfast."), registry)}.
 */
public final class HoldfastKafka implements AutoCloseable {
    private final KafkaConnection kafka;
    private final MeterRegistry registry;
    private final List<TopicReader<?>> readers = new CopyOnWriteArrayList<>();
    private final List<ProtoProducer> producers = new CopyOnWriteArrayList<>();
    private ProtoProducer shared;

    public HoldfastKafka(KafkaConnection kafka, MeterRegistry registry) {
        this.kafka = kafka;
        this.registry = registry;
    }

    public TopicAdmin topics() {
        return new TopicAdmin(kafka);
    }

    /** The name of a topic in Kafka, prefix included. */
    public String nameOf(Topic topic) {
        return topic.name(kafka.topicPrefix());
    }

    /**
     * A producer for everything that is not the bulk of changes; made at the first call.
     *
     * @throws org.apache.kafka.common.KafkaException when no name in {@code kafka.bootstrap.servers} can be resolved now
     */
    public synchronized ProtoProducer producer() {
        if (shared == null) {
            shared = newProducer("holdfast-shared", Map.of());
        }
        return shared;
    }

    /**
     * A producer of the caller's own, with Kafka's own producer settings on top of ours.
     *
     * @throws org.apache.kafka.common.KafkaException as {@link #producer()}
     */
    public ProtoProducer newProducer(String name, Map<String, Object> producerSettings) {
        var producer = new ProtoProducer(kafka, name, registry, producerSettings);
        producers.add(producer);
        return producer;
    }

    /** A reader, not started yet: call {@link TopicReader#start}. It needs no running Kafka to be made or started. */
    public <M extends MessageLite> TopicReader<M> reader(
            ReaderSettings settings, Parser<M> parser, RecordHandler<M> handler) {
        var deadLetters = new DeadLetters(kafka, this::producer);
        var reader = new TopicReader<>(kafka, settings, parser, handler, deadLetters, registry);
        readers.add(reader);
        return reader;
    }

    /** Every reader made here, for health. */
    List<TopicReader<?>> readers() {
        return List.copyOf(readers);
    }

    @Override
    public void close() {
        readers.forEach(TopicReader::close);
        producers.forEach(ProtoProducer::close);
    }
}
