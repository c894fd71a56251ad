package io.holdfast.simulation;

/**
 * How often a run takes each kind of step. Every run leaves some kinds out and overdoes others: a mixture that is the same in every run hides what needs many of
 * one kind and none of another.
 */
final class Habits {
    private final Schedule schedule;
    private final int[] sums;

    Habits(Schedule schedule, int[] usual) {
        this.schedule = schedule;
        this.sums = new int[usual.length + 1];
        for (int kind = 0; kind < usual.length; kind++) {
            int weight =
                    switch (schedule.below(8)) {
                        case 0 -> usual[kind] < 20 ? 0 : usual[kind] / 4;
                        case 1, 2 -> usual[kind] / 2;
                        case 3 -> usual[kind] * 4;
                        default -> usual[kind];
                    };
            sums[kind + 1] = sums[kind] + weight;
        }
    }

    /** A kind from {@code from} to {@code end - 1}. */
    int pick(int from, int end) {
        int at = sums[from] + schedule.below(sums[end] - sums[from]);
        int kind = from;
        while (sums[kind + 1] <= at) {
            kind++;
        }
        return kind;
    }
}
