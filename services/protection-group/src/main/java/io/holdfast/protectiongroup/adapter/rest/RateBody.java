package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.kernel.rate.RateLimit;
import io.holdfast.kernel.rate.RateWindow;
import io.holdfast.kernel.rate.Speed;
import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** How fast something may be sent, in requests and replies. */
@Schema(name = "RateLimit")
public record RateBody(
        @Schema(description = "0 = unlimited; else at least 16384. Outside of all windows", defaultValue = "0")
        Long bytesPerSecond,

        @Schema(maxItems = 16, description = "parts of the week; the first that covers now decides")
        List<WindowBody> windows) {

    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("HH:mm").withResolverStyle(ResolverStyle.STRICT);

    /** A part of the week, in UTC. */
    @Schema(name = "RateWindow")
    public record WindowBody(
            @Schema(description = "days on which it begins; left out or empty = every day")
            List<DayOfWeek> days,

            @Schema(required = true, description = "inclusive, such as 22:00")
            String from,

            @Schema(required = true, description = "exclusive; one that is not later than from lies on the next day")
            String to,

            @Schema(description = "true: nothing is sent", defaultValue = "false")
            Boolean closed,

            @Schema(description = "when not closed; 0 = unlimited", defaultValue = "0")
            Long bytesPerSecond) {

        private RateWindow read(String field, Read read) {
            int fromMinute = minute(field + ".from", from, read);
            int toMinute = minute(field + ".to", to, read);
            boolean isClosed = Boolean.TRUE.equals(closed);
            if (isClosed && bytesPerSecond != null && bytesPerSecond != 0) {
                read.broken(field + ".bytesPerSecond", "must be left out when the window is closed");
            }
            return new RateWindow(
                    beginsOn(field + ".days", read),
                    fromMinute,
                    toMinute,
                    isClosed ? Speed.CLOSED : speed(field + ".bytesPerSecond", bytesPerSecond, read));
        }

        private Set<DayOfWeek> beginsOn(String field, Read read) {
            Set<DayOfWeek> begins = EnumSet.noneOf(DayOfWeek.class);
            for (DayOfWeek day : days == null ? List.<DayOfWeek>of() : days) {
                if (day == null) {
                    read.broken(field, "must name days, such as MONDAY");
                } else {
                    begins.add(day);
                }
            }
            return begins;
        }

        /** 0 when it cannot be read, which is noted. */
        private static int minute(String field, String text, Read read) {
            if (text == null) {
                read.broken(field, "must be given");
                return 0;
            }
            try {
                return LocalTime.parse(text, MINUTE).toSecondOfDay() / 60;
            } catch (DateTimeParseException malformed) {
                read.broken(field, "must be a time of day from 00:00 to 23:59");
                return 0;
            }
        }
    }

    /** What was asked for; what cannot be read is noted in {@code read}. */
    RateLimit read(String field, Read read) {
        List<RateWindow> parts = new ArrayList<>();
        List<WindowBody> given = windows == null ? List.of() : windows;
        if (given.size() > RateLimit.MAX_WINDOWS) {
            read.broken(field + ".windows", "must be at most %d windows".formatted(RateLimit.MAX_WINDOWS));
            given = List.of();
        }
        for (int i = 0; i < given.size(); i++) {
            String part = "%s.windows[%d]".formatted(field, i);
            if (given.get(i) == null) {
                read.broken(part, "must be an object");
            } else {
                parts.add(given.get(i).read(part, read));
            }
        }
        return new RateLimit(speed(field + ".bytesPerSecond", bytesPerSecond, read), parts);
    }

    private static Speed speed(String field, Long bytesPerSecond, Read read) {
        if (bytesPerSecond != null && bytesPerSecond < 0) {
            read.broken(field, "must be 0 (unlimited) or more, not " + bytesPerSecond);
            return Speed.UNLIMITED;
        }
        return bytesPerSecond == null ? Speed.UNLIMITED : Speed.ofBytesPerSecond(bytesPerSecond);
    }

    static RateBody of(RateLimit rate) {
        return new RateBody(
                bytesPerSecond(rate.usual()),
                rate.windows().stream().map(RateBody::window).toList());
    }

    private static WindowBody window(RateWindow window) {
        return new WindowBody(
                window.days().stream().sorted().toList(),
                text(window.fromMinute()),
                text(window.toMinute()),
                window.speed() instanceof Speed.Closed,
                bytesPerSecond(window.speed()));
    }

    private static String text(int minute) {
        return LocalTime.ofSecondOfDay(minute * 60L).format(MINUTE);
    }

    private static long bytesPerSecond(Speed speed) {
        return speed instanceof Speed.Limited limited ? limited.bytesPerSecond() : 0;
    }
}
