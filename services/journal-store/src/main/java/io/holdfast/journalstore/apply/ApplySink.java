package io.holdfast.journalstore.apply;

import io.holdfast.journalstore.integrity.Digest;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.change.StreamRecord.Change;

/**
 * Takes what {@link ApplyState} decides to store. Nothing of it may be seen by readers before the state that belongs to it is
 * stored in the same atomic write. Called by one thread.
 */
public interface ApplySink {
    void change(Lsn lsn, int volumeIndex, Change change);

    /** A commit makes a new lineage begin: this LSN changes no volume, and is the first that is the new lineage's alone. */
    void lineageBegins(Lsn lsn, long micros);

    /** Everything up to {@code lsn} was written at or before {@code micros}; both only grow. */
    void time(long micros, Lsn lsn);

    /** All volumes are in sync from this point on. */
    void consistentFrom(Lsn from);

    /** The range that begins at {@code from} ends with {@code to}, inclusive. */
    void consistentUntil(Lsn from, Lsn to);

    void list(Checkpoint checkpoint);

    /** The chain's value behind every change that was handed over so far. */
    Digest digest();
}
