package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.apply.ApplyState;
import io.holdfast.journalstore.journal.Manifest;
import java.nio.file.Path;

/** A journal's database and everything that hangs on it: replaced as a whole when the database has to be opened again. */
final class Opened implements AutoCloseable {
    final JournalDb db;
    final StagedWrites staged;
    final CheckpointTable checkpoints;
    final ApplyState state;
    final RecordApplier applier;
    final AgeingPosition ageing;

    private Opened(JournalDb db, Manifest manifest) {
        this.db = db;
        staged = new StagedWrites(db);
        checkpoints = new CheckpointTable(db);
        byte[] stored = db.get(db.meta(), Layout.STATE);
        state = stored == null ? ApplyState.empty(manifest) : StateCodec.decode(stored, manifest);
        applier = new RecordApplier(state, staged, checkpoints);
        ageing = AgeingPosition.decode(db.get(db.meta(), Layout.AGEING), state.numbers().headLsn);
    }

    static Opened open(Path directory, Manifest manifest, SharedMemory memory, boolean readOnly) {
        JournalDb db = readOnly ? JournalDb.openReadOnly(directory, memory) : JournalDb.open(directory, memory);
        try {
            return new Opened(db, manifest);
        } catch (RuntimeException unusable) {
            db.close();
            throw unusable;
        }
    }

    @Override
    public void close() {
        staged.close();
        db.close();
    }
}
