package io.holdfast.journalstore.space;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * When something that grows will be full, at the rate of the last hour. Says nothing without at least {@link #LEAST} of samples, or when it does
 * not grow. At most one sample a minute is kept, for an hour. Safe for any number of threads.
 */
public final class Forecast {
    /** Shorter than this a rate is an accident. */
    public static final Duration LEAST = Duration.ofMinutes(10);

    private static final Duration WINDOW = Duration.ofHours(1);
    private static final Duration BETWEEN = Duration.ofMinutes(1);
    /** Farther away than any history window, and still an instant. */
    private static final double FARTHEST_SECONDS = 100L * 365 * 86_400;

    private record Sample(Instant at, long bytes) {}

    private final Deque<Sample> samples = new ArrayDeque<>();

    /** Notes how much is used. A clock that was set back begins anew. */
    public synchronized void sample(Instant now, long usedBytes) {
        if (!samples.isEmpty() && samples.getLast().at().isAfter(now)) {
            samples.clear();
        }
        if (!samples.isEmpty() && Duration.between(samples.getLast().at(), now).compareTo(BETWEEN) < 0) {
            return;
        }
        samples.addLast(new Sample(now, usedBytes));
        while (Duration.between(samples.getFirst().at(), now).compareTo(WINDOW) > 0) {
            samples.removeFirst();
        }
    }

    /**
     * Tells when the room will be used up.
     *
     * @param roomBytes what is left now; 0 or less = it is full now
     * @return empty = not known, or not at this rate
     */
    public synchronized Optional<Instant> fullAt(Instant now, long roomBytes) {
        if (roomBytes <= 0) {
            return Optional.of(now);
        }
        if (samples.size() < 2) {
            return Optional.empty();
        }
        Sample first = samples.getFirst();
        Sample last = samples.getLast();
        Duration span = Duration.between(first.at(), last.at());
        long grown = last.bytes() - first.bytes();
        boolean old = Duration.between(last.at(), now).compareTo(LEAST) > 0;
        if (grown <= 0 || old || span.compareTo(LEAST) < 0) {
            return Optional.empty();
        }
        double seconds = (double) roomBytes / grown * span.toSeconds();
        return seconds > FARTHEST_SECONDS ? Optional.empty() : Optional.of(now.plusSeconds((long) seconds));
    }
}
