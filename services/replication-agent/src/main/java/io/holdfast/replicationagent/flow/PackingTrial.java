package io.holdfast.replicationagent.flow;

import io.holdfast.changestream.Packing;

/**
 * Leaves a group's data unpacked when packing does not shrink it: encrypted and compressed disks cost CPU on every batch and gain nothing. Now and then one batch is tried, more and
 * more rarely. Threads: the session's sender.
 */
public final class PackingTrial {
    /** A body that shrinks to less than this part is worth its CPU time. */
    static final double WORTH = 0.95;

    static final int FAILURES = 3;
    static final int FIRST_PAUSE = 16;
    static final int LONGEST_PAUSE = 512;

    private int failures;
    private int pause = FIRST_PAUSE;
    private int skip;

    /** What to try for the next batch. */
    public Packing choose(Packing wanted) {
        if (wanted != Packing.NONE && skip > 0) {
            skip--;
            return Packing.NONE;
        }
        return wanted;
    }

    /** What became of a batch for which packing was tried. */
    public void tried(long plainBytes, long sentBytes) {
        if (sentBytes < WORTH * plainBytes) {
            failures = 0;
            pause = FIRST_PAUSE;
        } else if (++failures >= FAILURES) {
            skip = pause;
            pause = Math.min(LONGEST_PAUSE, pause * 2);
            // One more failure is enough from here on.
            failures = FAILURES - 1;
        }
    }
}
