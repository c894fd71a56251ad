package io.holdfast.journalstore.files;

import io.holdfast.kernel.error.HoldfastException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A throw-away machine that reads the file systems of one point. One thread at a time, but for {@link #close}.
 *
 * <p>Every method may throw {@code FILE_TOOLS_FAILED}, after which the appliance is gone for good, and {@code FILE_SYSTEM_UNREADABLE}: what the guest wrote cannot be
 * read.
 */
public interface Appliance extends AutoCloseable {
    /** Reads an image of this point's volumes, and has not begun to. */
    interface Maker {
        /** @param point stays its owner's */
        Appliance prepare(java.util.UUID view, OpenedPoint point);
    }

    /**
     * Starts it; called once.
     *
     * @throws HoldfastException {@code FILE_TOOLS_MISSING}, {@code FILE_TOOLS_FAILED}, {@code FILE_VIEW_TIMED_OUT}
     */
    List<GuestFileSystem> launch(Duration limit);

    /**
     * Part of a folder, by name.
     *
     * @param after only names behind this one
     * @throws HoldfastException {@code FILE_NOT_FOUND}, {@code NOT_A_FOLDER}, {@code FOLDER_TOO_LARGE}
     */
    List<GuestEntry> list(GuestFileSystem fileSystem, GuestPath folder, Optional<GuestText> after, int limit);

    /**
     * What a path leads to; links are followed, as the guest would, and never out of the file system.
     *
     * @throws HoldfastException {@code FILE_NOT_FOUND}
     */
    GuestEntry look(GuestFileSystem fileSystem, GuestPath path);

    /**
     * Bytes of a file that {@link #look} has found; fewer than asked, or none, at its end.
     *
     * @param count 1 to {@value #MOST_READ_BYTES}
     */
    byte[] read(GuestFileSystem fileSystem, GuestPath path, long offset, int count);

    /** What one {@link #read} gives at most. */
    int MOST_READ_BYTES = 2 << 20;

    /** Whether it runs. */
    boolean isAlive();

    /** Ends it, if need be by force, and removes what it has written; by any thread, also while it works. Again does nothing. */
    @Override
    void close();
}
