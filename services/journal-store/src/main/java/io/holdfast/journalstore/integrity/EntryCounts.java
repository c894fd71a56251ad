package io.holdfast.journalstore.integrity;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Compares two multisets of index entries without holding either: for each span of {@link #SPAN} LSNs a sum over the entries' hashes. Sums do
 * not depend on the order, so one side comes by LSN and the other by block, both in one pass. 16 bytes a span and side. One thread.
 *
 * <p>A chance of 2^-64 a span to miss a difference; damage does not choose its bits.
 */
public final class EntryCounts {
    /** LSNs whose entries are summed together. */
    public static final long SPAN = 4096;

    private record Sum(long hashes, long count) {
        Sum plus(long hash) {
            return new Sum(hashes + hash, count + 1);
        }
    }

    private static final Sum NONE = new Sum(0, 0);

    private final Map<Long, Sum> bySpan = new HashMap<>();

    /** @param value the block's place in its change; -1 = an entry of zeroes */
    public void add(long lsn, int volume, int level, long unit, int value) {
        long hash = mix(mix(mix(mix(lsn) + volume * 2L + level) + unit) + value);
        bySpan.merge(lsn / SPAN, NONE.plus(hash), (sum, _) -> sum.plus(hash));
    }

    /** The finalizer of SplitMix64: every bit of the input changes about half of the output's. */
    private static long mix(long value) {
        long z = value + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** Numbers of spans (LSN / {@link #SPAN}) in which the two differ, ascending. */
    public Set<Long> differences(EntryCounts other) {
        Set<Long> spans = new TreeSet<>(bySpan.keySet());
        spans.addAll(other.bySpan.keySet());
        spans.removeIf(span -> bySpan.getOrDefault(span, NONE).equals(other.bySpan.getOrDefault(span, NONE)));
        return spans;
    }
}
