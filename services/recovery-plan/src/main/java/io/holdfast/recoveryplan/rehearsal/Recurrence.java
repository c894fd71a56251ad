package io.holdfast.recoveryplan.rehearsal;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Optional;

/** When something is due, again and again. */
public sealed interface Recurrence {

    /** The first due time after this instant; empty = never. */
    Optional<Instant> next(Instant after);

    /**
     * Times of a wall clock. One that the clock leaps over comes later by the leap, one that it shows twice counts once, at first.
     *
     * @param expression as {@link Cron#parse} takes it
     */
    record WallClock(String expression, ZoneId zone) implements Recurrence {
        /** Of one hour of wall clock that is shown twice, and then some. */
        private static final int MOST_REPEATED = 10_000;

        @Override
        public Optional<Instant> next(Instant after) {
            Cron cron = Cron.parse(expression);
            LocalDateTime from = LocalDateTime.ofInstant(after, zone);
            for (int i = 0; i < MOST_REPEATED; i++) {
                Optional<LocalDateTime> local = cron.next(from);
                if (local.isEmpty()) {
                    return Optional.empty();
                }
                Instant instant = local.get().atZone(zone).toInstant();
                if (instant.isAfter(after)) {
                    return Optional.of(instant);
                }
                from = local.get();
            }
            return Optional.empty();
        }
    }

    /** @param from the first due time */
    record Every(Duration distance, Instant from) implements Recurrence {
        @Override
        public Optional<Instant> next(Instant after) {
            if (after.isBefore(from)) {
                return Optional.of(from);
            }
            long passed = Duration.between(from, after).dividedBy(distance);
            return Optional.of(from.plus(distance.multipliedBy(passed + 1)));
        }
    }
}
