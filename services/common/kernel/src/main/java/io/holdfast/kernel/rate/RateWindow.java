package io.holdfast.kernel.rate;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoField;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * A part of the week, in UTC, with a speed of its own.
 *
 * @param days on which the window begins; empty = every day
 * @param fromMinute of the day, 0 to 1439, inclusive
 * @param toMinute of the day, 0 to 1439, exclusive; one that is not greater than {@code fromMinute} lies on the next day
 */
public record RateWindow(Set<DayOfWeek> days, int fromMinute, int toMinute, Speed speed) {
    public static final int MINUTES_PER_DAY = 24 * 60;

    /** @throws IllegalArgumentException for a minute that no day has */
    public RateWindow {
        days = Set.copyOf(days);
        Objects.requireNonNull(speed, "speed");
        if (fromMinute < 0 || fromMinute >= MINUTES_PER_DAY || toMinute < 0 || toMinute >= MINUTES_PER_DAY) {
            throw new IllegalArgumentException("a window lies between minutes 0 and %d of a day, not %d to %d"
                    .formatted(MINUTES_PER_DAY - 1, fromMinute, toMinute));
        }
    }

    public boolean covers(Instant moment) {
        var utc = moment.atZone(ZoneOffset.UTC);
        DayOfWeek today = utc.getDayOfWeek();
        int minute = utc.get(ChronoField.MINUTE_OF_DAY);
        if (fromMinute < toMinute) {
            return beginsOn(today) && minute >= fromMinute && minute < toMinute;
        }
        return beginsOn(today) && minute >= fromMinute || beginsOn(today.minus(1)) && minute < toMinute;
    }

    private boolean beginsOn(DayOfWeek day) {
        return days.isEmpty() || days.contains(day);
    }

    /**
     * Days from the bits that messages carry: bit 0 = Monday to bit 6 = Sunday, none = every day.
     *
     * @throws IllegalArgumentException for a bit beyond Sunday
     */
    public static Set<DayOfWeek> daysOfBits(int bits) {
        if (bits < 0 || bits > 0x7f) {
            throw new IllegalArgumentException("days of a window are bits 0 to 6, not " + Integer.toHexString(bits));
        }
        Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
        for (DayOfWeek day : DayOfWeek.values()) {
            if ((bits >> day.ordinal() & 1) == 1) {
                days.add(day);
            }
        }
        return days;
    }

    /** The reverse of {@link #daysOfBits}. */
    public int dayBits() {
        return days.stream().mapToInt(day -> 1 << day.ordinal()).sum();
    }
}
