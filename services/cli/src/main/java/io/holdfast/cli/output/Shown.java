package io.holdfast.cli.output;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;

/** Values as people read them. What is not known is a dash, never a zero. */
public final class Shown {
    public static final String UNKNOWN = "-";
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

    private Shown() {}

    public static String text(JsonNode value) {
        return value.isMissingNode() || value.isNull() || value.asText().isEmpty() ? UNKNOWN : value.asText();
    }

    public static String bytes(JsonNode value) {
        return value.isNumber() ? bytes(value.asLong()) : UNKNOWN;
    }

    static String bytes(long count) {
        int unit = 0;
        double amount = count;
        while (amount >= 1024 && unit < UNITS.length - 1) {
            amount /= 1024;
            unit++;
        }
        return unit == 0 ? count + " B" : String.format(Locale.ROOT, "%.1f %s", amount, UNITS[unit]);
    }

    /** An ISO 8601 duration such as {@code PT3.2S} as {@code 3.2s}, {@code 12m30s} or {@code 3h05m}. */
    public static String duration(JsonNode value) {
        if (!value.isTextual()) {
            return UNKNOWN;
        }
        try {
            return duration(Duration.parse(value.asText()));
        } catch (DateTimeParseException foreign) {
            return value.asText();
        }
    }

    static String duration(Duration time) {
        if (time.toHours() >= 48) {
            return time.toDays() + "d" + String.format(Locale.ROOT, "%02dh", time.toHoursPart());
        }
        if (time.toHours() > 0) {
            return time.toHours() + "h" + String.format(Locale.ROOT, "%02dm", time.toMinutesPart());
        }
        if (time.toMinutes() > 0) {
            return time.toMinutes() + "m" + String.format(Locale.ROOT, "%02ds", time.toSecondsPart());
        }
        return String.format(Locale.ROOT, "%.1fs", time.toMillis() / 1000.0);
    }

    /** An instant to the second, as it came: in UTC. */
    public static String instant(JsonNode value) {
        String text = text(value);
        int point = text.indexOf('.');
        return point < 0 ? text : text.substring(0, point) + "Z";
    }
}
