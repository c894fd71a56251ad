package io.holdfast.recoveryplan.rehearsal;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * Times on a wall clock, as the five fields of POSIX crontab say them: minute, hour, day of the month, month, day of the week. Besides lists and ranges it knows
 * steps ({@code 0-30/10}, {@code *}{@code /5}) and English names of months and days of three letters. When both kinds of day are restricted, either is enough.
 */
public final class Cron {
    /** Longer than any two leap days are apart. */
    private static final int MOST_DAYS = 9 * 366;

    private static final int SUNDAY_AGAIN = 7;
    private static final List<String> MONTHS =
            List.of("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC");
    private static final List<String> DAYS = List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");

    private final BitSet minutes;
    private final BitSet hours;
    private final BitSet days;
    private final BitSet months;
    private final BitSet weekdays;
    private final boolean anyDay;
    private final boolean anyWeekday;

    private Cron(List<String> fields) {
        minutes = CronField.of("minute", 0, 59).parse(fields.get(0));
        hours = CronField.of("hour", 0, 23).parse(fields.get(1));
        days = CronField.of("day", 1, 31).parse(fields.get(2));
        months = CronField.named("month", 1, 12, MONTHS).parse(fields.get(3));
        weekdays = CronField.named("weekday", 0, SUNDAY_AGAIN, DAYS).parse(fields.get(4));
        if (weekdays.get(SUNDAY_AGAIN)) {
            weekdays.set(0);
        }
        anyDay = fields.get(2).startsWith("*");
        anyWeekday = fields.get(4).startsWith("*");
    }

    /** @throws IllegalArgumentException with a sentence that says what is wrong and what is allowed */
    public static Cron parse(String expression) {
        List<String> fields = List.of(expression.strip().split("\\s+"));
        if (fields.size() != 5) {
            throw new IllegalArgumentException(
                    "has five fields, minute hour day month weekday, not %d".formatted(fields.size()));
        }
        return new Cron(fields);
    }

    /** The first time after this one; empty if there is none, such as the 30th of February. */
    public Optional<LocalDateTime> next(LocalDateTime after) {
        LocalDateTime from = after.truncatedTo(ChronoUnit.MINUTES).plusMinutes(1);
        LocalTime earliest = from.toLocalTime();
        for (int days = 0; days < MOST_DAYS; days++) {
            LocalDate day = from.toLocalDate().plusDays(days);
            Optional<LocalTime> time = isOn(day) ? timeFrom(earliest) : Optional.empty();
            if (time.isPresent()) {
                return Optional.of(day.atTime(time.get()));
            }
            earliest = LocalTime.MIDNIGHT;
        }
        return Optional.empty();
    }

    private boolean isOn(LocalDate date) {
        boolean day = days.get(date.getDayOfMonth());
        boolean weekday = weekdays.get(
                date.getDayOfWeek() == DayOfWeek.SUNDAY
                        ? 0
                        : date.getDayOfWeek().getValue());
        return months.get(date.getMonthValue()) && (anyDay || anyWeekday ? day && weekday : day || weekday);
    }

    private Optional<LocalTime> timeFrom(LocalTime earliest) {
        for (int hour = hours.nextSetBit(earliest.getHour()); hour >= 0; hour = hours.nextSetBit(hour + 1)) {
            int minute = minutes.nextSetBit(hour == earliest.getHour() ? earliest.getMinute() : 0);
            if (minute >= 0) {
                return Optional.of(LocalTime.of(hour, minute));
            }
        }
        return Optional.empty();
    }
}
