package io.holdfast.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.stream.Stream;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailureKindTest {
    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(new HoldfastException(CommonError.NOT_FOUND, "x"), FailureKind.POISON),
                Arguments.of(new HoldfastException(CommonError.INVALID_ID, "x"), FailureKind.POISON),
                Arguments.of(new InvalidProtocolBufferException("x"), FailureKind.POISON),
                Arguments.of(new IllegalArgumentException("x"), FailureKind.POISON),
                Arguments.of(new HoldfastException(CommonError.DEPENDENCY_UNAVAILABLE, "x"), FailureKind.OUTAGE),
                Arguments.of(new HoldfastException(CommonError.STORAGE_FULL, "x"), FailureKind.OUTAGE),
                Arguments.of(new IOException("x"), FailureKind.OUTAGE),
                Arguments.of(new TimeoutException("x"), FailureKind.OUTAGE),
                Arguments.of(new SQLTransientConnectionException("x"), FailureKind.OUTAGE),
                Arguments.of(new SQLException("connection gone", "08006"), FailureKind.OUTAGE),
                Arguments.of(new SQLException("deadlock", "40P01"), FailureKind.OUTAGE),
                Arguments.of(new SQLException("shutting down", "57P01"), FailureKind.OUTAGE),
                Arguments.of(new SQLException("password was changed", "28P01"), FailureKind.OUTAGE),
                Arguments.of(new SQLException("database is being restored", "3D000"), FailureKind.OUTAGE),
                Arguments.of(new SQLException("unique", "23505"), FailureKind.UNFORESEEN),
                Arguments.of(new SQLException("no such column", "42703"), FailureKind.UNFORESEEN),
                Arguments.of(new IllegalStateException("x"), FailureKind.UNFORESEEN),
                Arguments.of(new HoldfastException(CommonError.INTERNAL, "x"), FailureKind.UNFORESEEN),
                Arguments.of(new RuntimeException(new SQLException("x", "08001")), FailureKind.OUTAGE),
                Arguments.of(
                        new HoldfastException(CommonError.INTERNAL, "x", new SQLException("x", "08001")),
                        FailureKind.OUTAGE));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void a_failure_is_sorted_by_what_a_retry_can_mend(Exception failure, FailureKind kind) {
        assertThat(FailureKind.of(failure)).isEqualTo(kind);
    }
}
