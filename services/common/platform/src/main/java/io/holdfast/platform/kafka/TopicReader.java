package io.holdfast.platform.kafka;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jboss.logging.Logger;

/**
 * Reads one topic in order with one thread and hands each record to a {@link RecordHandler}.
 *
 * <ol>
 *   <li>Partitions are assigned, not subscribed: no group, no rebalancing; where to begin is {@link StartPosition}.
 *   <li>A record is done when its handler returned, or when it is durable in the dead letter topic. Only then the next
 *       one begins.
 *   <li>An outage (of Kafka, of what the handler needs) is waited out with growing pauses, without end, and shown: {@link
 *       #state}, health, meters. It never skips a record.
 *   <li>Memory: what one fetch brings (Kafka's {@code fetch.max.bytes}, 50 MiB unless set otherwise).
 * </ol>
 *
 * <p>{@link #start} once; {@link #close} from any thread, it waits at most 10 s for the handler to return.
 */
public final class TopicReader<M extends MessageLite> implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(TopicReader.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

    private final KafkaConnection kafka;
    private final ReaderSettings settings;
    private final Parser<M> parser;
    private final RecordHandler<M> handler;
    private final DeadLetters deadLetters;
    private final MeterRegistry registry;
    private final ReaderMeters meters;

    private final Map<Integer, Long> nextOffsets = new ConcurrentHashMap<>();
    private final CompletableFuture<Void> caughtUp = new CompletableFuture<>();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;
    private volatile ReaderState state = new ReaderState.Starting();
    private volatile Map<Integer, Long> lags = Map.of();

    TopicReader(
            KafkaConnection kafka,
            ReaderSettings settings,
            Parser<M> parser,
            RecordHandler<M> handler,
            DeadLetters deadLetters,
            MeterRegistry registry) {
        this.kafka = kafka;
        this.settings = settings;
        this.parser = parser;
        this.handler = handler;
        this.deadLetters = deadLetters;
        this.registry = registry;
        this.meters = new ReaderMeters(registry, settings, () -> state, this::totalLag);
        this.thread =
                Thread.ofPlatform().name("reader-" + settings.name()).daemon().unstarted(this::run);
    }

    public TopicReader<M> start() {
        thread.start();
        return this;
    }

    public ReaderSettings settings() {
        return settings;
    }

    public ReaderState state() {
        return state;
    }

    /** Completes when everything that the topic held at the first connect has been handled; never when stopped before. */
    public CompletableFuture<Void> caughtUp() {
        return caughtUp.copy();
    }

    /** Records between where the reader is and the end of the partition; empty = not known yet. */
    public OptionalLong lag(int partition) {
        Long lag = lags.get(partition);
        return lag == null ? OptionalLong.empty() : OptionalLong.of(lag);
    }

    @Override
    public void close() {
        stop.countDown();
        if (!thread.isAlive() || thread == Thread.currentThread()) {
            return;
        }
        try {
            if (!thread.join(STOP_LIMIT)) {
                thread.interrupt();
                LOG.warnf("reader did not stop in time and was interrupted reader=%s", settings.name());
            }
        } catch (InterruptedException interrupted) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
    }

    /** One attempt at something that may meet an outage. */
    private interface Step {
        void run() throws Exception;
    }

    private void run() {
        try {
            while (!stopping()) {
                withOutagesWaitedOut(this::readUntilStopped);
            }
            state = new ReaderState.Stopped();
        } catch (StoppedException stopped) {
            state = new ReaderState.Stopped();
        } catch (Throwable fatal) {
            state = new ReaderState.Failed(fatal.toString());
            LOG.errorf(
                    fatal,
                    "reader died reader=%s topic=%s",
                    settings.name(),
                    settings.topic().baseName());
        } finally {
            meters.close();
        }
    }

    private void readUntilStopped() throws Exception {
        new TopicAdmin(kafka).ensure(settings.topic());
        try (var consumer = connect();
                var clientMeters = new KafkaClientMetrics(consumer)) {
            clientMeters.bindTo(registry);
            var seat = new ReaderSeat(consumer, kafka, settings);
            seat.takePlaces(nextOffsets, handler);
            reading();
            while (!stopping()) {
                var records = seat.poll(POLL, nextOffsets, handler);
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    process(record);
                    nextOffsets.put(record.partition(), record.offset() + 1);
                    meters.handled();
                }
                withOutagesWaitedOut(handler::afterPoll);
                lags = seat.lags();
                if (!caughtUp.isDone() && seat.reachedFirstEnds()) {
                    caughtUp.complete(null);
                    LOG.infof("reader has caught up reader=%s", settings.name());
                }
                reading();
            }
        }
    }

    private void process(ConsumerRecord<byte[], byte[]> record) {
        Received<M> bare = received(record, Optional.empty());
        int unforeseen = 0;
        for (int attempt = 1; ; attempt++) {
            try {
                checkNotStopping();
                handler.handle(
                        record.value() == null
                                ? bare
                                : received(record, Optional.of(parser.parseFrom(record.value()))));
                return;
            } catch (StoppedException stopped) {
                throw stopped;
            } catch (Exception failure) {
                FailureKind kind = FailureKind.of(failure);
                unforeseen += kind == FailureKind.UNFORESEEN ? 1 : 0;
                boolean hopeless = kind == FailureKind.POISON || unforeseen >= settings.unforeseenAttempts();
                if (hopeless) {
                    withOutagesWaitedOut(() -> deadLetters.keep(settings.name(), settings.topic(), record, failure));
                    meters.deadLetter();
                    withOutagesWaitedOut(() -> handler.deadLettered(bare));
                    return;
                }
                pause("handling " + bare.position(), failure, attempt);
            }
        }
    }

    private Received<M> received(ConsumerRecord<byte[], byte[]> record, Optional<M> message) {
        String key = record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8);
        return new Received<>(
                settings.name(),
                settings.topic(),
                record.partition(),
                record.offset(),
                Instant.ofEpochMilli(record.timestamp()),
                key,
                message);
    }

    private KafkaConsumer<byte[], byte[]> connect() {
        var more = new java.util.HashMap<String, Object>(Map.of(
                "client.id",
                settings.name(),
                "enable.auto.commit",
                false,
                "auto.offset.reset",
                "none",
                "allow.auto.create.topics",
                false,
                "isolation.level",
                "read_committed",
                "default.api.timeout.ms",
                Math.toIntExact(kafka.requestLimit().toMillis())));
        more.putAll(settings.consumerSettings());
        return new KafkaConsumer<>(kafka.with(more), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private void withOutagesWaitedOut(Step step) {
        for (int attempt = 1; ; attempt++) {
            checkNotStopping();
            try {
                step.run();
                return;
            } catch (StoppedException stopped) {
                throw stopped;
            } catch (Exception failure) {
                pause("reading " + settings.topic().baseName(), failure, attempt);
            }
        }
    }

    private void pause(String doing, Exception failure, int attempt) {
        if (failure instanceof InterruptedException || failure instanceof WakeupException) {
            throw new StoppedException();
        }
        Instant since = state instanceof ReaderState.Waiting waiting ? waiting.since() : Instant.now();
        state = new ReaderState.Waiting(doing + ": " + failure.getMessage(), since, attempt);
        if (attempt <= 3 || attempt % 10 == 0) {
            LOG.warnf(
                    "reader waits and tries again reader=%s attempt=%d doing=%s failure=%s",
                    settings.name(), attempt, doing, failure);
        }
        long factor = 1L << Math.min(attempt - 1, 16);
        long millis = Math.min(
                settings.longestPause().toMillis(), settings.firstPause().toMillis() * factor);
        try {
            if (stop.await(millis, TimeUnit.MILLISECONDS)) {
                throw new StoppedException();
            }
        } catch (InterruptedException interrupted) {
            throw new StoppedException();
        }
    }

    private void reading() {
        state = new ReaderState.Reading(caughtUp.isDone());
    }

    private long totalLag() {
        return lags.values().stream().mapToLong(Long::longValue).sum();
    }

    private boolean stopping() {
        return stop.getCount() == 0;
    }

    private void checkNotStopping() {
        if (stopping()) {
            throw new StoppedException();
        }
    }

    /** Leaves the loops when the reader is closed. */
    private static final class StoppedException extends RuntimeException {
        StoppedException() {
            super("the reader was closed", null, false, false);
        }
    }
}
