package io.holdfast.protectiongroup.capacity;

import io.holdfast.protectiongroup.objective.Objectives;
import io.holdfast.protectiongroup.refusal.Violation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * Takes what was written through another link, with another objective, once more (docs/capacity.md).
 *
 * @param linkBytesPerSecond from {@link #LEAST_LINK}; empty = only what is needed is of interest
 * @param rpo no write may be older when it leaves the link; 1 ms to {@link Objectives#MAX_HISTORY}
 * @param history that the journal is to reach back; 1 ms to {@link #LONGEST_HISTORY}
 * @param growth factor on what was written, {@link #LEAST_GROWTH} to {@link #MOST_GROWTH}
 * @param packing bytes on the link per byte written, {@link #LEAST_PACKING} to {@link #MOST_PACKING}; empty = as it was measured
 */
public record WhatIf(
        OptionalLong linkBytesPerSecond, Duration rpo, Duration history, double growth, OptionalDouble packing) {
    public static final long LEAST_LINK = 1_000;
    public static final long MOST_LINK = 1_000_000_000_000L;
    public static final double LEAST_GROWTH = 0.01;
    public static final double MOST_GROWTH = 100;
    public static final double LEAST_PACKING = 0.001;
    public static final double MOST_PACKING = 2;
    private static final Duration SHORTEST = Duration.ofMillis(1);

    /** Longer than a journal can reach today: what is asked may lie ahead. */
    public static final Duration LONGEST_HISTORY = Duration.ofDays(3650);

    /** Every rule that the question breaks; empty = it can be answered. Fields are named as in the REST body. */
    public List<Violation> violations() {
        List<Violation> found = new ArrayList<>();
        if (linkBytesPerSecond.isPresent()) {
            long asked = linkBytesPerSecond.getAsLong();
            check(found, "linkBytesPerSecond", asked >= LEAST_LINK && asked <= MOST_LINK, LEAST_LINK, MOST_LINK);
        }
        check(found, "rpo", isWithin(rpo, Objectives.MAX_HISTORY), SHORTEST, Objectives.MAX_HISTORY);
        check(found, "history", isWithin(history, LONGEST_HISTORY), SHORTEST, LONGEST_HISTORY);
        // Written so that what is no number is refused, too.
        check(found, "growth", growth >= LEAST_GROWTH && growth <= MOST_GROWTH, LEAST_GROWTH, MOST_GROWTH);
        if (packing.isPresent()) {
            double asked = packing.getAsDouble();
            check(found, "packing", asked >= LEAST_PACKING && asked <= MOST_PACKING, LEAST_PACKING, MOST_PACKING);
        }
        return List.copyOf(found);
    }

    private static void check(List<Violation> found, String field, boolean holds, Object least, Object most) {
        if (!holds) {
            found.add(new Violation(field, "must be from %s to %s".formatted(least, most)));
        }
    }

    private static boolean isWithin(Duration asked, Duration most) {
        return asked.compareTo(SHORTEST) >= 0 && asked.compareTo(most) <= 0;
    }

    /** Where the factor from written to sent bytes comes from. */
    public enum PackingSource {
        ASKED,
        MEASURED,
        /** Nothing was sent yet outside of a synchronisation; 1 was taken. */
        UNKNOWN
    }

    /**
     * How the link that was asked about would have fared.
     *
     * @param longestDelay zero: nothing ever waited for longer than the minutes show
     * @param longestDelayAt end of the minute in which it was so long
     */
    public record OnLink(
            Duration longestDelay, Instant longestDelayAt, long largestBacklogBytes, long backlogAtEndBytes) {}

    /**
     * What would be needed.
     *
     * @param packing that was taken
     * @param meanBytesPerSecond on the link
     * @param busiestBytesPerSecond on the link, mean of the busiest minute
     * @param neededBytesPerSecond the slowest link that keeps the objective
     * @param journalBytes that the history takes at most
     * @param journalExtrapolated the trace is shorter than the history; the rest was taken to be as the mean
     * @param onLink present when a link was asked about
     */
    public record Answer(
            double packing,
            PackingSource packingSource,
            long meanBytesPerSecond,
            long busiestBytesPerSecond,
            long neededBytesPerSecond,
            long journalBytes,
            boolean journalExtrapolated,
            Optional<OnLink> onLink) {}

    /** @param trace not empty */
    public Answer over(Trace trace) {
        OptionalDouble measured = trace.packing();
        PackingSource source = packing.isPresent()
                ? PackingSource.ASKED
                : measured.isPresent() ? PackingSource.MEASURED : PackingSource.UNKNOWN;
        double factor = packing.orElse(measured.orElse(1));
        LinkQueue queue = new LinkQueue(trace.offered(growth, factor));
        double seconds = trace.length().toSeconds();
        boolean extrapolated = history.compareTo(trace.length()) > 0;
        double journal = extrapolated
                ? queue.allBytes() * history.toSeconds() / seconds
                : queue.mostWithin(wholeMinutes(history));
        return new Answer(
                factor,
                source,
                (long) (queue.allBytes() / seconds),
                (long) (queue.busiestMinuteBytes() / Trace.MINUTE_SECONDS),
                queue.slowestFor(rpo.toMillis() / 1_000.0),
                (long) Math.ceil(journal),
                extrapolated,
                linkBytesPerSecond.isEmpty()
                        ? Optional.empty()
                        : Optional.of(onLink(queue.through(linkBytesPerSecond.getAsLong()), trace)));
    }

    private static OnLink onLink(LinkQueue.Outcome outcome, Trace trace) {
        return new OnLink(
                Duration.ofMillis((long) (outcome.longestDelaySeconds() * 1_000)),
                trace.from().plusSeconds((outcome.largestAtMinute() + 1) * Trace.MINUTE_SECONDS),
                (long) outcome.largestBacklogBytes(),
                (long) outcome.backlogAtEndBytes());
    }

    private static long wholeMinutes(Duration history) {
        return Math.ceilDiv(history.toSeconds(), Trace.MINUTE_SECONDS);
    }
}
