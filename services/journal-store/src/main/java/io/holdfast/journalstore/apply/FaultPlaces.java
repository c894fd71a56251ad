package io.holdfast.journalstore.apply;

import java.util.List;

/**
 * Every place at which the crash tests end a store ({@link FaultPoints}). One that is not in {@link #ALL} is not visited; one that is in it and is
 * never reached fails the test.
 */
public final class FaultPlaces {
    public static final String APPLY_COMMITTED = "apply.committed";
    public static final String FLUSH_DONE = "flush.done";
    public static final String MANIFEST_WRITTEN = "manifest.written";

    public static final String AGEING_DECIDED = "ageing.decided";
    public static final String AGEING_PROMISED = "ageing.promised";
    public static final String AGEING_COPIED = "ageing.copied";
    public static final String AGEING_FORCED = "ageing.forced";
    public static final String AGEING_IMAGED = "ageing.imaged";
    public static final String AGEING_DROPPED = "ageing.dropped";
    public static final String AGEING_FREED = "ageing.freed";

    /** The checksums of a block are noted, the block is not written. */
    public static final String IMAGE_NOTED = "image.noted";
    /** The image is forced, its checksums are not. */
    public static final String IMAGE_FORCED = "image.forced";
    /** Checksums of an older image are noted and do not count yet. */
    public static final String IMAGE_LEARNED = "image.learned";

    /** A mark or hold is written and not flushed. */
    public static final String MARK_STORED = "mark.stored";

    public static final String SCRUB_READ = "scrub.read";
    public static final String SCRUB_MARKED = "scrub.marked";
    public static final String SCRUB_STORED = "scrub.stored";

    public static final String MIGRATION_DONE = "migration.done";

    public static final String SESSION_STORED = "session.stored";
    /** The session's file is gone, its folder is not. */
    public static final String SESSION_UNLINKED = "session.unlinked";

    public static final String SESSION_DELETED = "session.deleted";

    public static final String JOURNAL_CREATED = "journal.created";
    /** The manifest is gone, the folder is not. */
    public static final String JOURNAL_UNLINKED = "journal.unlinked";

    public static final String JOURNAL_DELETED = "journal.deleted";

    public static final String COMMIT_ORDERED = "commit.ordered";
    /** The tail is moved, in memory only; the fork is not stored. */
    public static final String COMMIT_TAIL = "commit.tail";

    /** Behind the point of no return. */
    public static final String COMMIT_BEGUN = "commit.begun";

    public static final String PROMOTION_DONE = "promotion.done";
    /** What the branch needs is saved, nothing is copied. */
    public static final String MERGE_SAVED = "merge.saved";

    public static final String MERGE_COPIED = "merge.copied";
    public static final String MERGE_FORCED = "merge.forced";
    public static final String MERGE_CLEARED = "merge.cleared";
    public static final String COMMIT_DONE = "commit.done";
    /** The session has ended, its folder is there. */
    public static final String COMMIT_ENDED = "commit.ended";

    public static final String BRANCH_RELEASED = "branch.released";
    /** The branch's changes are out of the history and still on the disk. */
    public static final String BRANCH_LEFT = "branch.left";

    /** The branch's changes are gone, what was saved for it is not. */
    public static final String BRANCH_DROPPED = "branch.dropped";

    /** It is written down that an old disk is kept; the seed is not in its place. */
    public static final String KEPT_NOTED = "kept.noted";

    /** What ageing is about to overwrite is saved; nothing is written. */
    public static final String KEPT_SAVED = "kept.saved";

    /** It is written down that an old disk is given up; its blocks are there. */
    public static final String KEPT_RELEASED = "kept.released";

    /** What only a kept old disk passes. */
    public static final List<String> OF_KEPT_DISKS = List.of(KEPT_NOTED, KEPT_SAVED, KEPT_RELEASED);

    /** What only a commit, its branch and its end pass. */
    public static final List<String> OF_COMMITS = List.of(
            COMMIT_ORDERED,
            COMMIT_TAIL,
            COMMIT_BEGUN,
            PROMOTION_DONE,
            MERGE_SAVED,
            MERGE_COPIED,
            MERGE_FORCED,
            MERGE_CLEARED,
            COMMIT_DONE,
            COMMIT_ENDED,
            BRANCH_RELEASED,
            BRANCH_LEFT,
            BRANCH_DROPPED);

    /** In no particular order; those {@linkplain #OF_COMMITS of commits} and {@linkplain #OF_KEPT_DISKS of kept disks} are further ones. */
    public static final List<String> ALL = List.of(
            APPLY_COMMITTED,
            FLUSH_DONE,
            MANIFEST_WRITTEN,
            AGEING_DECIDED,
            AGEING_PROMISED,
            AGEING_COPIED,
            AGEING_FORCED,
            AGEING_IMAGED,
            AGEING_DROPPED,
            AGEING_FREED,
            IMAGE_NOTED,
            IMAGE_FORCED,
            IMAGE_LEARNED,
            MARK_STORED,
            SCRUB_READ,
            SCRUB_MARKED,
            SCRUB_STORED,
            MIGRATION_DONE,
            SESSION_STORED,
            SESSION_UNLINKED,
            SESSION_DELETED,
            JOURNAL_CREATED,
            JOURNAL_UNLINKED,
            JOURNAL_DELETED);

    private FaultPlaces() {}
}
