package io.holdfast.platform.db;

import io.holdfast.platform.kafka.Received;
import io.holdfast.platform.kafka.RecordHandler;
import io.holdfast.platform.kafka.StartPosition;
import io.holdfast.platform.kafka.Topic;
import io.quarkus.narayana.jta.QuarkusTransaction;
import jakarta.inject.Singleton;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.OptionalLong;
import javax.sql.DataSource;
import org.jboss.logging.Logger;

/**
 * Positions of readers, stored in the transaction of the record's effect: a record takes effect once, also after a crash at
 * any place and when two pods read the same topic (proto/topics.md).
 */
@Singleton
public class ConsumedPositions {
    private static final Logger LOG = Logger.getLogger(ConsumedPositions.class);

    private final DataSource database;

    public ConsumedPositions(DataSource database) {
        this.database = database;
    }

    /** What a record does, inside the transaction. */
    @FunctionalInterface
    public interface Effect<M> {
        void apply(Received<M> record) throws Exception;
    }

    /** Where the reader of this name goes on. */
    public StartPosition start(String reader) {
        return StartPosition.stored((topic, partition) -> Sql.run(database, connection -> {
            try (var statement = connection.prepareStatement(
                    "select next_offset from consumed_position where reader = ? and topic = ? and partition = ?")) {
                statement.setString(1, reader);
                statement.setString(2, topic.name());
                statement.setInt(3, partition);
                try (var found = statement.executeQuery()) {
                    return found.next() ? OptionalLong.of(found.getLong(1)) : OptionalLong.empty();
                }
            }
        }));
    }

    /**
     * Runs the effect and stores the position in one transaction; a record that was done before has no effect.
     *
     * @param reader the name in the reader's settings
     */
    public <M> RecordHandler<M> handler(String reader, Effect<M> effect) {
        return new Transactional<>(reader, effect);
    }

    private final class Transactional<M> implements RecordHandler<M> {
        private final String reader;
        private final Effect<M> effect;

        Transactional(String reader, Effect<M> effect) {
            this.reader = reader;
            this.effect = effect;
        }

        @Override
        public void handle(Received<M> record) {
            QuarkusTransaction.requiringNew().call(() -> {
                if (advance(record)) {
                    effect.apply(record);
                }
                return null;
            });
        }

        @Override
        public void deadLettered(Received<M> record) {
            QuarkusTransaction.requiringNew().run(() -> advance(record));
        }

        /** The topic begins anew below the stored position when it was replaced; else every record would count as done. */
        @Override
        public void positionLost(Topic topic, int partition, long wanted, long earliest) {
            LOG.errorf(
                    "stored position is void reader=%s topic=%s partition=%d stored=%d goesOnAt=%d",
                    reader, topic.baseName(), partition, wanted, earliest);
            QuarkusTransaction.requiringNew().run(() -> reset(reader, topic, partition, earliest));
        }
    }

    /** Whether the record is new; the row stays locked until the transaction ends, so another pod waits. */
    private boolean advance(Received<?> record) {
        return Sql.run(database, connection -> {
            try (var statement = connection.prepareStatement("""
                    insert into consumed_position as stored (reader, topic, partition, next_offset)
                    values (?, ?, ?, ?)
                    on conflict (reader, topic, partition) do update
                        set next_offset = excluded.next_offset, updated_at = now()
                        where stored.next_offset < excluded.next_offset""")) {
                bind(statement, record);
                return statement.executeUpdate() == 1;
            }
        });
    }

    private void reset(String reader, Topic topic, int partition, long nextOffset) {
        Sql.run(database, connection -> {
            try (var statement = connection.prepareStatement("""
                    update consumed_position set next_offset = ?, updated_at = now()
                    where reader = ? and topic = ? and partition = ?""")) {
                statement.setLong(1, nextOffset);
                statement.setString(2, reader);
                statement.setString(3, topic.name());
                statement.setInt(4, partition);
                return statement.executeUpdate();
            }
        });
    }

    private static void bind(PreparedStatement statement, Received<?> record) throws SQLException {
        statement.setString(1, record.reader());
        statement.setString(2, record.topic().name());
        statement.setInt(3, record.partition());
        statement.setLong(4, record.nextOffset());
    }
}
