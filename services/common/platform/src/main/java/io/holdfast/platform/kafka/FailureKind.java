package io.holdfast.platform.kafka;

import com.google.protobuf.InvalidProtocolBufferException;
import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaException;

/** What a handler's failure says about trying the same record again. */
public enum FailureKind {
    /** The record itself is refused; no retry mends it. To the dead letters at once. */
    POISON,
    /** Kafka, a database, a disk or another service does not work now. Retried until it does; the record is never skipped. */
    OUTAGE,
    /** A defect, or something unforeseen. Retried a few times, then to the dead letters. */
    UNFORESEEN;

    /**
     * Classes of SQLSTATE that come from the server's or the network's condition and say nothing of the record: connection,
     * login, missing database, transaction rollback (which includes deadlock), resources, operator's intervention, system
     * and configuration errors.
     */
    private static final Set<String> OUTAGE_SQL_CLASSES =
            Set.of("08", "25", "28", "3D", "40", "53", "55", "57", "58", "F0");

    private static final int DEPTH = 20;

    /** The nearest cause that says something decides. */
    public static FailureKind of(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < DEPTH; depth++) {
            FailureKind kind = ofOne(cause);
            if (kind != UNFORESEEN) {
                return kind;
            }
            cause = cause.getCause();
        }
        return UNFORESEEN;
    }

    private static FailureKind ofOne(Throwable cause) {
        return switch (cause) {
            case HoldfastException ours when ours.code().blame().retryable() -> OUTAGE;
            case HoldfastException ours when ours.code().blame() == Blame.INTERNAL -> UNFORESEEN;
            case HoldfastException _ -> POISON;
            case InvalidProtocolBufferException _ -> POISON;
            case IllegalArgumentException _ -> POISON;
            case SQLTransientException _ -> OUTAGE;
            case SQLRecoverableException _ -> OUTAGE;
            case SQLNonTransientConnectionException _ -> OUTAGE;
            case SQLException sql -> isOutage(sql) ? OUTAGE : UNFORESEEN;
            case IOException _ -> OUTAGE;
            case TimeoutException _ -> OUTAGE;
            case KafkaException _ -> OUTAGE;
            default -> UNFORESEEN;
        };
    }

    private static boolean isOutage(SQLException failure) {
        String state = failure.getSQLState();
        // Without a state it is the pool that speaks: no connection within its limit.
        return state == null || state.length() >= 2 && OUTAGE_SQL_CLASSES.contains(state.substring(0, 2));
    }
}
