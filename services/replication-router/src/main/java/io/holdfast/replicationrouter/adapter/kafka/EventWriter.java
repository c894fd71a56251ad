package io.holdfast.replicationrouter.adapter.kafka;

import io.holdfast.kernel.StreamId;
import io.holdfast.platform.kafka.HoldfastKafka;
import io.holdfast.platform.kafka.ProtoProducer;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.proto.v1.AgentEvent;
import io.holdfast.proto.v1.StreamStatus;
import io.holdfast.replicationrouter.runtime.EventLog;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.jboss.logging.Logger;

/**
 * Writes {@code agent-events} and {@code replication-status}. Sends happen on a thread of their own, in order, because they may block
 * while Kafka is away. At most {@link #MAX_WAITING} messages wait then; what comes after is dropped and counted: statuses
 * repeat by themselves, and a command whose result is lost is forwarded and answered again after a restart.
 */
public final class EventWriter implements EventLog, AutoCloseable {
    static final int MAX_WAITING = 4096;
    private static final Logger LOG = Logger.getLogger(EventWriter.class);

    private final HoldfastKafka kafka;
    private final Runnable lost;
    private final ThreadPoolExecutor sender = new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            Thread.ofPlatform().name("event-writer").daemon(true).factory());

    /** @param lost counts messages that did not reach Kafka */
    public EventWriter(HoldfastKafka kafka, Runnable lost) {
        this.kafka = kafka;
        this.lost = lost;
    }

    @Override
    public void publish(AgentEvent event) {
        send(Topic.AGENT_EVENTS, producer -> producer.send(Topic.AGENT_EVENTS, event.getAgentId(), event));
    }

    @Override
    public void status(StreamId stream, StreamStatus status) {
        send(Topic.REPLICATION_STATUS, producer -> producer.send(Topic.REPLICATION_STATUS, stream.toString(), status));
    }

    @Override
    public void forgetStatus(StreamId stream) {
        send(Topic.REPLICATION_STATUS, producer -> producer.sendTombstone(Topic.REPLICATION_STATUS, stream.toString()));
    }

    private void send(Topic topic, Function<ProtoProducer, CompletableFuture<RecordMetadata>> message) {
        try {
            sender.execute(() -> sendNow(topic, message));
        } catch (RejectedExecutionException full) {
            lost.run();
        }
    }

    private void sendNow(Topic topic, Function<ProtoProducer, CompletableFuture<RecordMetadata>> message) {
        try {
            message.apply(kafka.producer()).whenComplete((metadata, failure) -> {
                if (failure != null) {
                    dropped(topic, failure);
                }
            });
        } catch (KafkaException failure) {
            dropped(topic, failure);
        }
    }

    private void dropped(Topic topic, Throwable failure) {
        lost.run();
        LOG.warnf("A message for topic %s was lost: %s", topic.baseName(), failure);
    }

    /** Hands over what waits, within two seconds; the producer is its owner's to close. */
    @Override
    public void close() {
        sender.shutdown();
        try {
            if (!sender.awaitTermination(2, TimeUnit.SECONDS)) {
                sender.shutdownNow();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
