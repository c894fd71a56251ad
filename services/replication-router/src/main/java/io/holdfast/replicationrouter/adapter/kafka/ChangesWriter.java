package io.holdfast.replicationrouter.adapter.kafka;

import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.replicationrouter.runtime.ChangesLog;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jboss.logging.Logger;

/**
 * Writes topic {@code changes} so that a failure can never leave a hole.
 *
 * <p>An idempotent producer keeps order only until a record fails for good: then it starts a new sequence and sends what
 * came after the failed record. For a change stream that would be a hole. So the first failure ends the
 * <em>generation</em>: the producer is closed at once without sending anything more (within Kafka's own callback, before its sender
 * can go on), everything outstanding is reported as failed in one step of the loop, and only what is appended
 * afterwards goes to a new producer. A record of the old generation may still reach the broker from the network; it is then a
 * prefix of what the agent resends, which the journal drops.
 *
 * <p>Threads: {@link #append} on the loop; {@code send} on a thread of its own, because it may block while metadata is missing;
 * completions on the loop. The queue between them has no bound of its own: the router's byte budget is one.
 */
public final class ChangesWriter implements ChangesLog, AutoCloseable {
    private static final Logger LOG = Logger.getLogger(ChangesWriter.class);

    private final String topic;
    private final Supplier<Producer<byte[], byte[]>> producers;
    private final Executor loop;
    private final BlockingQueue<Pending> queue = new LinkedBlockingQueue<>();
    private final Set<Pending> outstanding = new LinkedHashSet<>();
    private final Thread thread;
    private Generation current = new Generation();
    private volatile boolean closed;

    /** @param producers makes an idempotent producer with acks=all; called on the writer's thread */
    public ChangesWriter(String topic, Supplier<Producer<byte[], byte[]>> producers, Executor loop) {
        this.topic = topic;
        this.producers = producers;
        this.loop = loop;
        this.thread = Thread.ofPlatform().name("changes-writer").daemon(true).start(this::run);
    }

    @Override
    public void append(int partition, ChangesRecord record, Completion completion) {
        Pending pending = new Pending(current, partition, record, completion);
        outstanding.add(pending);
        queue.add(pending);
    }

    private void run() {
        while (!closed) {
            try {
                send(queue.take());
            } catch (InterruptedException stopping) {
                return;
            }
        }
    }

    private void send(Pending pending) {
        Generation generation = pending.generation;
        if (generation.failed) {
            return;
        }
        try {
            if (generation.producer == null) {
                generation.producer = producers.get();
            }
            ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                    topic,
                    pending.partition,
                    pending.record.getPgId().getBytes(StandardCharsets.UTF_8),
                    pending.record.toByteArray());
            // From here on Kafka's own buffer has the bytes.
            pending.record = null;
            generation.producer.send(record, (metadata, failure) -> {
                if (failure == null) {
                    loop.execute(() -> written(pending));
                } else {
                    fail(generation, failure);
                }
            });
        } catch (RuntimeException refused) {
            fail(generation, refused);
        }
    }

    /** On Kafka's sender thread or the writer's: whichever sees the first failure. */
    private void fail(Generation generation, Exception cause) {
        synchronized (generation) {
            if (generation.failed) {
                return;
            }
            generation.failed = true;
        }
        if (!closed) {
            LOG.warnf("Kafka did not take a record of topic %s: %s; everything in flight is resent", topic, cause);
        }
        Producer<byte[], byte[]> producer = generation.producer;
        if (producer != null) {
            producer.close(Duration.ZERO);
        }
        loop.execute(() -> failed(generation, cause));
    }

    private void written(Pending pending) {
        // Not there any more: its generation failed, and it was reported with it.
        if (outstanding.remove(pending)) {
            pending.completion.written();
        }
    }

    private void failed(Generation generation, Exception cause) {
        if (generation == current) {
            current = new Generation();
        }
        List<Pending> lost =
                outstanding.stream().filter(p -> p.generation == generation).toList();
        lost.forEach(outstanding::remove);
        String why = cause.getClass().getSimpleName();
        lost.forEach(pending -> pending.completion.failed(why));
    }

    /** Stops at once; what is outstanding is not reported. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        Producer<byte[], byte[]> producer = current.producer;
        if (producer != null) {
            producer.close(Duration.ZERO);
        }
    }

    private static final class Generation {
        /** Written by the writer's thread before the first send; read in Kafka's callbacks, which come after it. */
        private volatile Producer<byte[], byte[]> producer;

        private volatile boolean failed;
    }

    private static final class Pending {
        private final Generation generation;
        private final int partition;
        private final Completion completion;
        private ChangesRecord record;

        private Pending(Generation generation, int partition, ChangesRecord record, Completion completion) {
            this.generation = generation;
            this.partition = partition;
            this.record = record;
            this.completion = completion;
        }
    }
}
