package io.holdfast.kernel;

/**
 * A record's number in its stream and epoch: dense, starting at 1. {@link #NONE} (0) is the position before the first
 * record.
 */
public record Seq(long value) implements Comparable<Seq> {
    public static final Seq NONE = new Seq(0);
    public static final Seq FIRST = new Seq(1);

    public Seq {
        if (value < 0) {
            throw new IllegalArgumentException("a seq is 0 or more, not " + value);
        }
    }

    public Seq next() {
        return new Seq(Math.incrementExact(value));
    }

    public Seq plus(long count) {
        return new Seq(Math.addExact(value, count));
    }

    @Override
    public int compareTo(Seq other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
