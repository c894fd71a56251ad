package io.holdfast.platform.db;

import io.holdfast.platform.kafka.HoldfastKafka;
import io.holdfast.platform.kafka.ProtoProducer;
import io.holdfast.platform.kafka.Topic;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.health.api.Wellness;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.jboss.logging.Logger;

/**
 * Sends what is in the outbox, oldest first, and deletes what Kafka has with {@code acks=all}.
 *
 * <ol>
 *   <li>One transaction: lock the single row of {@code outbox_relay} (another pod that has it does the work), read a batch in
 *       the order of id, hand it to one idempotent producer, wait for all answers.
 *   <li>Delete the rows before the first that failed, commit. A crash before the commit sends them again: at least once.
 *   <li>Kafka down: the rows stay, the relay tries again with growing pauses up to 5 s. Nothing is dropped; the table's size
 *       is the bound, shown as {@code holdfast_outbox_pending_rows} and in {@code /q/health/well}.
 * </ol>
 */
@Singleton
public class OutboxRelay {
    /** Says that a transaction with messages has committed. */
    public record Wake() {}

    private static final Logger LOG = Logger.getLogger(OutboxRelay.class);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

    private final DataSource database;
    private final HoldfastKafka kafka;
    private final OutboxSettings settings;
    private final Semaphore work = new Semaphore(0);
    private final AtomicReference<String> failure = new AtomicReference<>();
    private final Thread thread =
            Thread.ofPlatform().name("outbox-relay").daemon().unstarted(this::run);
    private volatile long pendingRows;
    private volatile boolean stopping;
    private boolean topicsEnsured;

    public OutboxRelay(DataSource database, HoldfastKafka kafka, OutboxSettings settings, MeterRegistry registry) {
        this.database = database;
        this.kafka = kafka;
        this.settings = settings;
        Gauge.builder("holdfast_outbox_pending_rows", () -> pendingRows)
                .description("Messages that wait for Kafka. Alert: above 0 for 5 min")
                .register(registry);
    }

    void start(@Observes StartupEvent event) {
        thread.start();
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        stopping = true;
        work.release();
        if (!thread.join(STOP_LIMIT)) {
            thread.interrupt();
        }
    }

    void wake(@Observes Wake event) {
        work.release();
    }

    @jakarta.enterprise.inject.Produces
    @Wellness
    @Singleton
    HealthCheck well() {
        return () -> {
            String why = failure.get();
            var response = HealthCheckResponse.named("outbox").withData("pendingRows", pendingRows);
            return (why == null ? response.up() : response.down().withData("failure", why)).build();
        };
    }

    private void run() {
        Duration pause = settings.pollInterval();
        while (!stopping) {
            try {
                ensureTopics();
                boolean more = relayBatch();
                failure.set(null);
                pause = more ? Duration.ZERO : settings.pollInterval();
            } catch (RuntimeException failed) {
                if (failure.getAndSet(String.valueOf(failed.getMessage())) == null) {
                    LOG.warnf(failed, "outbox could not be relayed, its messages wait pendingRows=%d", pendingRows);
                }
                Duration twice = pause.plusMillis(50).multipliedBy(2);
                pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
            }
            try {
                boolean woken = work.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS);
                if (woken) {
                    work.drainPermits();
                }
            } catch (InterruptedException interrupted) {
                return;
            }
        }
    }

    /** A record for a topic that does not exist would block the producer; whoever starts first creates them. */
    private void ensureTopics() {
        if (!topicsEnsured) {
            kafka.topics().ensureAll();
            topicsEnsured = true;
        }
    }

    private record Row(long id, Topic topic, String key, byte[] value) {}

    /** Whether there is more to do at once. */
    private boolean relayBatch() {
        return QuarkusTransaction.requiringNew()
                .timeout(60)
                .call(() -> Sql.run(database, connection -> {
                    if (!lockRelay(connection)) {
                        return false;
                    }
                    List<Row> batch = oldest(connection);
                    int sent = send(batch);
                    if (sent > 0) {
                        delete(connection, batch.subList(0, sent));
                    }
                    pendingRows = count(connection);
                    return sent > 0 && pendingRows > 0;
                }));
    }

    /** Sends all and counts how many, from the first on, are durable. */
    private int send(List<Row> batch) {
        if (batch.isEmpty()) {
            return 0;
        }
        ProtoProducer producer = kafka.producer();
        var answers = new ArrayList<CompletableFuture<RecordMetadata>>(batch.size());
        for (Row row : batch) {
            answers.add(producer.sendBytes(row.topic(), null, row.key(), row.value()));
        }
        int durable = 0;
        for (var answer : answers) {
            try {
                ProtoProducer.await(answer);
                durable++;
            } catch (RuntimeException notTaken) {
                if (durable == 0) {
                    throw notTaken;
                }
                // The rest is tried again by the next batch, which reports it when it is the first.
                return durable;
            }
        }
        return durable;
    }

    private static boolean lockRelay(Connection connection) throws SQLException {
        try (var statement = connection.prepareStatement("select only_row from outbox_relay for update skip locked");
                var found = statement.executeQuery()) {
            return found.next();
        }
    }

    private List<Row> oldest(Connection connection) throws SQLException {
        try (var statement =
                connection.prepareStatement("select id, topic, record_key, value from outbox order by id limit ?")) {
            statement.setInt(1, settings.batchRows());
            try (var found = statement.executeQuery()) {
                var rows = new ArrayList<Row>();
                while (found.next()) {
                    rows.add(new Row(
                            found.getLong(1),
                            Topic.valueOf(found.getString(2)),
                            found.getString(3),
                            found.getBytes(4)));
                }
                return rows;
            }
        }
    }

    /**
     * By the ids that were sent, not "up to": a row with a smaller id becomes visible later than one with a larger id when
     * its transaction took longer. It is of another key then (see {@link Outbox}), and is not sent yet.
     */
    private static void delete(Connection connection, List<Row> sent) throws SQLException {
        Object[] ids = sent.stream().map(Row::id).toArray();
        try (var statement = connection.prepareStatement("delete from outbox where id = any (?)")) {
            statement.setArray(1, connection.createArrayOf("bigint", ids));
            statement.executeUpdate();
        }
    }

    private static long count(Connection connection) throws SQLException {
        try (var statement = connection.prepareStatement("select count(*) from outbox");
                var found = statement.executeQuery()) {
            found.next();
            return found.getLong(1);
        }
    }
}
