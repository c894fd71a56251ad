package io.holdfast.protectiongroup.capacity;

/** A link that sends in the order in which bytes arrive, and what waits before it. Bytes of a minute arrive evenly in it. */
final class LinkQueue {
    private final double[] offeredBytes;

    /** @param offeredBytes by minute */
    LinkQueue(double[] offeredBytes) {
        this.offeredBytes = offeredBytes.clone();
    }

    /**
     * How it went.
     *
     * @param largestBacklogBytes that waited at any time
     * @param largestAtMinute at whose end they waited
     * @param backlogAtEndBytes that waited when the trace ended
     * @param longestDelaySeconds of any byte from its arrival until it has left: the last of the largest backlog has all of it before itself
     */
    record Outcome(
            double largestBacklogBytes, int largestAtMinute, double backlogAtEndBytes, double longestDelaySeconds) {}

    /** @param bytesPerSecond more than 0 */
    Outcome through(double bytesPerSecond) {
        double largest = 0;
        int largestAt = 0;
        double waiting = 0;
        for (int minute = 0; minute < offeredBytes.length; minute++) {
            // Both paces are constant within a minute, so the queue is longest at one of its ends.
            waiting = Math.max(0, waiting + offeredBytes[minute] - bytesPerSecond * Trace.MINUTE_SECONDS);
            if (waiting > largest) {
                largest = waiting;
                largestAt = minute;
            }
        }
        return new Outcome(largest, largestAt, waiting, largest / bytesPerSecond);
    }

    /** The slowest link on which no byte waits longer than this, to a byte per second; 1 when hardly anything arrives. */
    long slowestFor(double delaySeconds) {
        long tooSlow = 0;
        long enough = Math.max(1, (long) Math.ceil(busiestMinuteBytes() / Trace.MINUTE_SECONDS));
        while (enough - tooSlow > 1) {
            long middle = tooSlow + (enough - tooSlow) / 2;
            if (through(middle).longestDelaySeconds() <= delaySeconds) {
                enough = middle;
            } else {
                tooSlow = middle;
            }
        }
        return enough;
    }

    double busiestMinuteBytes() {
        double most = 0;
        for (double bytes : offeredBytes) {
            most = Math.max(most, bytes);
        }
        return most;
    }

    /** The most that arrives in so many minutes in a row; everything when there are fewer. */
    double mostWithin(long minutes) {
        double most = 0;
        double now = 0;
        for (int minute = 0; minute < offeredBytes.length; minute++) {
            now += offeredBytes[minute];
            if (minute >= minutes) {
                now -= offeredBytes[(int) (minute - minutes)];
            }
            most = Math.max(most, now);
        }
        return most;
    }

    double allBytes() {
        return mostWithin(Long.MAX_VALUE);
    }
}
