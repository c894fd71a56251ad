package io.holdfast.platform.db;

import com.google.protobuf.MessageLite;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.platform.kafka.KafkaError;
import io.holdfast.platform.kafka.Topic;
import jakarta.enterprise.event.Event;
import jakarta.inject.Singleton;
import jakarta.transaction.Status;
import jakarta.transaction.TransactionSynchronizationRegistry;
import java.sql.Types;
import java.util.Objects;
import javax.sql.DataSource;

/**
 * Messages that are sent if, and only if, the transaction that adds them commits (architecture section 6). {@link
 * OutboxRelay} sends them afterwards, at least once, in the order of their transactions for each key.
 *
 * <p>Transactions that add messages under the same key of the same topic run one after another from the call on: without
 * that, the later state of a thing could be sent before the earlier one and be overwritten by it in a compacted topic. Add
 * several keys in the same order everywhere, or expect the database to end a deadlock by refusing one transaction.
 */
@Singleton
public class Outbox {
    private final DataSource database;
    private final TransactionSynchronizationRegistry transactions;
    private final Event<OutboxRelay.Wake> wake;

    public Outbox(DataSource database, TransactionSynchronizationRegistry transactions, Event<OutboxRelay.Wake> wake) {
        this.database = database;
        this.transactions = transactions;
        this.wake = wake;
    }

    /**
     * Adds a message to the current transaction.
     *
     * @throws IllegalStateException without a transaction
     * @throws HoldfastException {@code KAFKA_MESSAGE_TOO_LARGE} when no topic would take it
     */
    public void add(Topic topic, String key, MessageLite message) {
        insert(topic, key, message.toByteArray());
    }

    /** Says in the current transaction that the entity with this key is gone. Compacted topics only. */
    public void addTombstone(Topic topic, String key) {
        if (!topic.compacted()) {
            throw new IllegalArgumentException(topic + " is not compacted: a null value says nothing there");
        }
        insert(topic, key, null);
    }

    private void insert(Topic topic, String key, byte[] value) {
        Objects.requireNonNull(key, "key");
        if (transactions.getTransactionStatus() != Status.STATUS_ACTIVE) {
            throw new IllegalStateException("the outbox is part of a transaction, and there is none");
        }
        if (value != null && value.length > topic.maxRecordBytes()) {
            throw new HoldfastException(
                    KafkaError.KAFKA_MESSAGE_TOO_LARGE,
                    "a message for %s has %d bytes, allowed are %d"
                            .formatted(topic.baseName(), value.length, topic.maxRecordBytes()));
        }
        Sql.run(database, connection -> {
            try (var lock = connection.prepareStatement("select pg_advisory_xact_lock(hashtextextended(?, 0))")) {
                lock.setString(1, topic.baseName() + '/' + key);
                lock.execute();
            }
            try (var insert =
                    connection.prepareStatement("insert into outbox (topic, record_key, value) values (?, ?, ?)")) {
                insert.setString(1, topic.name());
                insert.setString(2, key);
                insert.setObject(3, value, Types.BINARY);
                return insert.executeUpdate();
            }
        });
        if (transactions.getResource(Outbox.class) == null) {
            transactions.putResource(Outbox.class, Boolean.TRUE);
            transactions.registerInterposedSynchronization(new WakeAfterCommit(wake));
        }
    }

    private record WakeAfterCommit(Event<OutboxRelay.Wake> wake) implements jakarta.transaction.Synchronization {
        @Override
        public void beforeCompletion() {}

        @Override
        public void afterCompletion(int status) {
            if (status == Status.STATUS_COMMITTED) {
                wake.fire(new OutboxRelay.Wake());
            }
        }
    }
}
