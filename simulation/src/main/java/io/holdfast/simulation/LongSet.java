package io.holdfast.simulation;

import java.util.Arrays;

/** Well mixed numbers, without an object for each: at least half of the table is free, and a number stands at the first free place from its own on. */
final class LongSet {
    private long[] table = new long[256];
    private int size;
    private boolean hasZero;

    void add(long value) {
        if (value == 0) {
            hasZero = true;
            return;
        }
        int at = find(value);
        if (table[at] == value) {
            return;
        }
        table[at] = value;
        if (++size > table.length / 2) {
            long[] before = table;
            table = new long[2 * before.length];
            Arrays.stream(before).filter(one -> one != 0).forEach(one -> table[find(one)] = one);
        }
    }

    boolean contains(long value) {
        return value == 0 ? hasZero : table[find(value)] == value;
    }

    /** Where the value stands, or would. */
    private int find(long value) {
        int mask = table.length - 1;
        int at = (int) (value ^ value >>> 32) & mask;
        while (table[at] != 0 && table[at] != value) {
            at = at + 1 & mask;
        }
        return at;
    }
}
