package io.holdfast.replicationagent.sync;

import io.holdfast.kernel.id.PgId;
import io.holdfast.replicationagent.capture.Volume;
import io.holdfast.replicationagent.stream.SyncBase;
import java.util.Optional;
import java.util.function.IntPredicate;

/** How one sync compares: region by region, and of regions that differ block by block. Threads: the copier's only. */
final class SyncComparison {
    /** Regions that wait for a second look: 256 MiB. Then they come first. */
    private static final int MOST_ASIDE = 4096;

    private final SyncBase base;
    private final Comparison regions;
    private final SecondLook secondLook;

    SyncComparison(SyncBase base, PgId pg, Volume volume, CopyTools tools) {
        this.base = base;
        this.regions = new Comparison(base, pg, volume, HashWindow.Grain.REGION, tools);
        this.secondLook = new SecondLook(base, pg, volume, tools, MOST_ASIDE);
    }

    SyncBase base() {
        return base;
    }

    SecondLook secondLook() {
        return secondLook;
    }

    /** Nothing more will be answered: what is dirty is to be sent. */
    boolean isGivenUp() {
        return regions.isGivenUp();
    }

    /** Whether the region has to wait for an answer that may still come. */
    boolean isAwaited(int region) {
        return secondLook.isAside(region) ? !secondLook.isGivenUp() : !regions.isGivenUp();
    }

    /** What is known of the replica at the region. */
    Optional<HashWindow> windowOf(int region) {
        return secondLook.isAside(region) ? secondLook.windowOf(region) : regions.windowOf(region);
    }

    /** Whether one answer, or none, serves both neighbours. */
    boolean isAlike(int region, int neighbour) {
        return secondLook.isAside(region) == secondLook.isAside(neighbour);
    }

    /** Asks for what the region needs, and for what comes next. */
    void advance(int region, IntPredicate untouched) {
        if (secondLook.isAside(region)) {
            secondLook.advance(region, untouched);
        } else {
            regions.advance(region, ahead -> !secondLook.isAside(ahead) && untouched.test(ahead));
        }
    }

    /** The sync is over, or another. */
    void close() {
        regions.close();
        secondLook.close();
    }
}
