package io.holdfast.platform.db;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.platform.kafka.FailureKind;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Runs statements on the connection of the current transaction, and translates failures once. */
final class Sql {
    private Sql() {}

    interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    /**
     * @throws HoldfastException {@code DEPENDENCY_UNAVAILABLE} for an outage, {@code INTERNAL} for a statement that the
     *     database refuses; the cause is the database's own failure
     */
    static <T> T run(DataSource database, Work<T> work) {
        try (Connection connection = database.getConnection()) {
            return work.on(connection);
        } catch (SQLException failure) {
            throw FailureKind.of(failure) == FailureKind.OUTAGE
                    ? new HoldfastException(
                            CommonError.DEPENDENCY_UNAVAILABLE, "the database does not answer now", failure)
                    : new HoldfastException(CommonError.INTERNAL, "the database refused a statement", failure);
        }
    }
}
