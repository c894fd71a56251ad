package io.holdfast.replicationagent.flow;

import io.holdfast.changestream.Packing;

/**
 * How much effort an agent puts into compression: it follows the CPU time that the agent itself uses, which guests miss, and whether the line is what holds replication back (feature F54).
 *
 * <pre>
 *  own CPU      line holds back     effort
 *  over high    any                 one step down at the 2nd sample in a row
 *  under low    yes                 one step up at the 4th sample in a row
 *  otherwise                        stays; counting begins anew
 * </pre>
 *
 * Asymmetric on purpose: a guest must get its CPU back at once, a better ratio can wait. Threads: one at a time.
 */
public final class PackingControl {
    /** Parts of all cores. Between them nothing changes, so that a step does not undo itself. */
    static final double HIGH = 0.50;

    static final double LOW = 0.25;
    static final int SAMPLES_DOWN = 2;
    static final int SAMPLES_UP = 4;

    private Packing effort = Packing.ZSTD_FAST;
    private int over;
    private int under;

    /**
     * @param ownCpu part of all cores that this process used since the last sample, 0 to 1
     * @param lineHoldsBack whether batches waited for the transport, a rate or credit most of the time
     */
    public Packing sample(double ownCpu, boolean lineHoldsBack) {
        over = ownCpu > HIGH ? over + 1 : 0;
        under = ownCpu < LOW && lineHoldsBack ? under + 1 : 0;
        if (over == SAMPLES_DOWN) {
            over = 0;
            effort = effort.less();
        } else if (under == SAMPLES_UP) {
            under = 0;
            effort = effort.more();
        }
        return effort;
    }

    public Packing effort() {
        return effort;
    }
}
