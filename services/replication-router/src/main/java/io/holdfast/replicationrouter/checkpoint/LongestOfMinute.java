package io.holdfast.replicationrouter.checkpoint;

import java.util.Arrays;

/** The greatest of the values of the last minute, in steps of ten seconds. */
final class LongestOfMinute {
    private static final long STEP_NANOS = 10_000_000_000L;
    private static final int STEPS = 7;

    private final long[] longest = new long[STEPS];
    private long step = Long.MIN_VALUE;

    void add(long nowNanos, long value) {
        advance(nowNanos);
        int slot = slotOf(step);
        longest[slot] = Math.max(longest[slot], value);
    }

    long longest(long nowNanos) {
        advance(nowNanos);
        return Arrays.stream(longest).max().orElse(0);
    }

    private void advance(long nowNanos) {
        long now = Math.floorDiv(nowNanos, STEP_NANOS);
        if (step == Long.MIN_VALUE || now - step >= STEPS) {
            Arrays.fill(longest, 0);
        } else {
            for (long passed = step + 1; passed <= now; passed++) {
                longest[slotOf(passed)] = 0;
            }
        }
        step = now;
    }

    private static int slotOf(long step) {
        return (int) Math.floorMod(step, (long) STEPS);
    }
}
