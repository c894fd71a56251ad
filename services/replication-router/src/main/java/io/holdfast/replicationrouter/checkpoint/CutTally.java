package io.holdfast.replicationrouter.checkpoint;

import java.util.Optional;

/** What became of a group's cuts since this router took it, and what the last minute's cost guests. */
public final class CutTally {
    private final LongestOfMinute holds = new LongestOfMinute();
    private final LongestOfMinute freezes = new LongestOfMinute();
    private Optional<Discard> lastDiscard = Optional.empty();
    private long cuts;
    private long discards;

    void cut() {
        cuts++;
        lastDiscard = Optional.empty();
    }

    void discarded(Discard why) {
        discards++;
        lastDiscard = Optional.of(why);
    }

    void held(long nowNanos, long micros) {
        holds.add(nowNanos, micros);
    }

    void frozen(long nowNanos, long micros) {
        freezes.add(nowNanos, micros);
    }

    boolean lastDiscarded() {
        return lastDiscard.isPresent();
    }

    boolean lastDiscardWasAHold() {
        return lastDiscard.filter(Discard::costGuestsTime).isPresent();
    }

    public long cuts() {
        return cuts;
    }

    public long discards() {
        return discards;
    }

    /** Longest hold of an agent within the last minute, or a little more; 0 = none. */
    public long longestHoldMicros(long nowNanos) {
        return holds.longest(nowNanos);
    }

    public long longestFreezeMicros(long nowNanos) {
        return freezes.longest(nowNanos);
    }
}
