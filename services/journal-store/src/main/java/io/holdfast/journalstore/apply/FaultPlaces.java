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

    /** In no particular order. */
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
