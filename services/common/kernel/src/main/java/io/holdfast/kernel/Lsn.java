package io.holdfast.kernel;

/**
 * A change's number in a journal: dense, starting at 1, one per change (glossary: LSN). {@link #NONE} (0) is the position
 * before the first change.
 */
public record Lsn(long value) implements Comparable<Lsn> {
    public static final Lsn NONE = new Lsn(0);

    public Lsn {
        if (value < 0) {
            throw new IllegalArgumentException("an LSN is 0 or more, not " + value);
        }
    }

    public static Lsn of(long value) {
        return value == 0 ? NONE : new Lsn(value);
    }

    public Lsn next() {
        return new Lsn(Math.incrementExact(value));
    }

    public boolean isAfter(Lsn other) {
        return value > other.value;
    }

    @Override
    public int compareTo(Lsn other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
