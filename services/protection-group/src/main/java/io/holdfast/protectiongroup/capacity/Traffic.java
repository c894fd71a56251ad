package io.holdfast.protectiongroup.capacity;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * What one stream did in a stretch of time.
 *
 * @param until later than {@code from}
 * @param steadyWrittenBytes of {@code writtenBytes}, while nothing was synchronised
 * @param steadySentBytes for {@code steadyWrittenBytes}
 */
public record Traffic(Instant from, Instant until, long writtenBytes, long steadyWrittenBytes, long steadySentBytes) {

    /** The same, cut at the borders of minutes, in order; what was written is spread evenly, and no byte is lost by rounding. */
    public List<Traffic> byMinute() {
        List<Traffic> parts = new ArrayList<>();
        double whole = nanos(from, until);
        Instant begin = from;
        while (begin.isBefore(until)) {
            Instant next = begin.truncatedTo(ChronoUnit.MINUTES).plus(1, ChronoUnit.MINUTES);
            Instant end = next.isBefore(until) ? next : until;
            double before = nanos(from, begin) / whole;
            double after = nanos(from, end) / whole;
            parts.add(new Traffic(
                    begin,
                    end,
                    part(writtenBytes, before, after),
                    part(steadyWrittenBytes, before, after),
                    part(steadySentBytes, before, after)));
            begin = end;
        }
        return parts;
    }

    private static double nanos(Instant from, Instant until) {
        return Duration.between(from, until).toNanos();
    }

    private static long part(long bytes, double before, double after) {
        return (long) (bytes * after) - (long) (bytes * before);
    }
}
