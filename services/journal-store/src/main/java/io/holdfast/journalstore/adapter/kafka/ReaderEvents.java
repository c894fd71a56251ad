package io.holdfast.journalstore.adapter.kafka;

import io.holdfast.journalstore.adapter.rocksdb.Applied;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.kernel.id.PgId;

/** What others want to know of a partition reader. Called by its thread; must not block long. */
interface ReaderEvents {
    void applied(PgId pg, Applied applied);

    void listed(PgId pg, Checkpoint checkpoint);

    void deadLetter(int partition);
}
