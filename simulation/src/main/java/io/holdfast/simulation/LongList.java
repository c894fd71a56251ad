package io.holdfast.simulation;

import java.util.Arrays;

/** Numbers in a row, without an object for each. */
final class LongList {
    private long[] values = new long[64];
    private int size;

    int size() {
        return size;
    }

    void add(long value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, 2 * size);
        }
        values[size++] = value;
    }

    long get(int place) {
        if (place >= size) {
            throw new IndexOutOfBoundsException("%d of %d".formatted(place, size));
        }
        return values[place];
    }

    long last() {
        return get(size - 1);
    }

    /** Forgets everything from {@code newSize} on. */
    void truncate(int newSize) {
        size = Math.min(size, newSize);
    }

    boolean sameAs(LongList other) {
        return Arrays.equals(values, 0, size, other.values, 0, other.size);
    }
}
