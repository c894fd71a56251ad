package io.holdfast.protectiongroup.adapter.wire;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** {@code *_micros} of the contracts: microseconds since 1970. */
public final class Micros {
    /** The year 2200: a later instant is a broken clock or a wrong unit, and would make an RPO negative for ever. */
    private static final long LATEST = Instant.parse("2200-01-01T00:00:00Z").getEpochSecond() * 1_000_000;

    private Micros() {}

    /** @throws HoldfastException {@code INVALID_REQUEST} when it is not an instant between 1970 and 2200 */
    public static Instant instant(String field, long micros) {
        if (micros <= 0 || micros > LATEST) {
            throw new HoldfastException(
                    CommonError.INVALID_REQUEST,
                    "%s is %d, not microseconds of an instant between 1970 and 2200".formatted(field, micros));
        }
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    public static long of(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }
}
