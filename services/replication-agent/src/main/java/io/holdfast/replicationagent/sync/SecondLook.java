package io.holdfast.replicationagent.sync;

import io.holdfast.kernel.id.PgId;
import io.holdfast.replicationagent.capture.Volume;
import io.holdfast.replicationagent.stream.SyncBase;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * Regions of one sync that were found to differ from the replica and are put aside, still dirty, until hashes tell which of their blocks do: a small write into a
 * region then costs a block and not the region (docs/sync-states.md, "The second look"). It judges itself: where nearly all blocks differ, the question is not
 * worth its answer, and for a while regions are sent as they are.
 *
 * <p>Threads: the copier's only.
 */
final class SecondLook {
    /** After so many regions it judges. */
    private static final int JUDGED_REGIONS = 256;
    /** One block in so many has to be equal. */
    private static final int WORTH_ONE_IN = 8;
    /** Found not worth it: so many differing regions are sent as they are. */
    private static final int REST_REGIONS = 4096;

    private final int mostAside;
    private final Volume volume;
    private final Comparison blocks;
    private final Set<Integer> aside = new HashSet<>();
    private int judged;
    private long looked;
    private long equal;
    private int rest;

    /** @param mostAside regions that may be aside at one time */
    SecondLook(SyncBase base, PgId pg, Volume volume, CopyTools tools, int mostAside) {
        this.mostAside = mostAside;
        this.volume = volume;
        this.blocks = new Comparison(base, pg, volume, HashWindow.Grain.BLOCK, tools);
    }

    /** Puts a region aside that differs. False: it is to be sent as it is. */
    boolean putAside(int region) {
        if (rest > 0) {
            rest--;
            return false;
        }
        return !blocks.isGivenUp() && aside.size() < mostAside && aside.add(region);
    }

    boolean isAside(int region) {
        return aside.contains(region);
    }

    /** Nothing more can be put aside before something is taken. */
    boolean isFull() {
        if (aside.size() >= mostAside) {
            // A guest's trim, for one, makes a hole of a region, and a hole needs no second look.
            aside.removeIf(region -> !volume.dirty().contains(region));
        }
        return aside.size() >= mostAside && !isGivenUp();
    }

    /** Nobody will tell which blocks differ: what is aside is to be sent as it is. */
    boolean isGivenUp() {
        return blocks.isGivenUp();
    }

    /** The hashes of a region's blocks, if they are here. */
    Optional<HashWindow> windowOf(int region) {
        return blocks.windowOf(region);
    }

    /** Takes in what was answered, and asks for what comes next of what is aside. */
    void advance(int cursor, IntPredicate untouched) {
        blocks.advance(cursor, region -> isAside(region) && untouched.test(region));
    }

    /** A region that was put aside is no longer dirty. */
    void taken(int region, int blocksLookedAt, int blocksEqual) {
        aside.remove(region);
        looked += blocksLookedAt;
        equal += blocksEqual;
        judged++;
        if (judged == JUDGED_REGIONS) {
            rest = equal * WORTH_ONE_IN < looked ? REST_REGIONS : 0;
            judged = 0;
            looked = 0;
            equal = 0;
        }
    }

    /** The sync is over, or another. */
    void close() {
        blocks.close();
    }
}
