package io.holdfast.kernel;

/**
 * The continuity generation of a stream (architecture, section 3). It grows whenever the agent cannot prove that nothing
 * was missed; every new epoch starts at {@link Seq#FIRST} and brings its volumes into sync again. {@link #NONE} (0) means
 * that no epoch has been seen.
 */
public record Epoch(long value) implements Comparable<Epoch> {
    public static final Epoch NONE = new Epoch(0);

    public Epoch {
        if (value < 0) {
            throw new IllegalArgumentException("an epoch is 0 or more, not " + value);
        }
    }

    public boolean isAfter(Epoch other) {
        return value > other.value;
    }

    @Override
    public int compareTo(Epoch other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
