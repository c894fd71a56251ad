package io.holdfast.replicationagent.quiesce;

import java.time.Duration;

/** An instant of the monotonic clock: clocks that are set cannot keep a guest frozen. */
public record Deadline(long atNanos) {
    /** So long from now. */
    public static Deadline in(Duration duration) {
        return new Deadline(System.nanoTime() + duration.toNanos());
    }

    /** The earlier of this one and so long from now. */
    public Deadline within(Duration most) {
        Deadline other = in(most);
        return other.atNanos - atNanos < 0 ? other : this;
    }

    /** 0 or less when it is over. */
    public long remainingNanos() {
        return atNanos - System.nanoTime();
    }

    public boolean isOver() {
        return remainingNanos() <= 0;
    }
}
