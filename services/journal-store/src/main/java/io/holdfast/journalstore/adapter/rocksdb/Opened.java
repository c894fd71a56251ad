package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.apply.ApplyState;
import io.holdfast.journalstore.integrity.ChainPlace;
import io.holdfast.journalstore.journal.Fork;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Manifest;
import io.holdfast.kernel.error.HoldfastException;
import java.nio.file.Path;
import java.util.Optional;

/** A journal's database and everything that hangs on it: replaced as a whole when the database has to be opened again. */
final class Opened implements AutoCloseable {
    final JournalDb db;
    final StagedWrites staged;
    final CheckpointTable checkpoints;
    final ApplyState state;
    final RecordApplier applier;
    final AgeingPosition ageing;
    final Optional<Fork> fork;

    private Opened(JournalDb db, Manifest manifest) {
        this.db = db;
        checkpoints = new CheckpointTable(db);
        byte[] stored = db.get(db.meta(), Layout.STATE);
        state = stored == null
                ? ApplyState.empty(manifest)
                : StateCodec.decode(stored, db.get(db.meta(), Layout.NOTES), manifest);
        staged = new StagedWrites(
                db,
                chainAtHead(db, manifest, state.numbers().headLsn),
                checkpoints.machines().newest());
        applier = new RecordApplier(state, staged, checkpoints);
        fork = Optional.ofNullable(db.get(db.meta(), Layout.FORK)).map(ForkCodec::decode);
        ageing = AgeingPosition.decode(db.get(db.meta(), Layout.AGEING), state.numbers().headLsn);
    }

    private static ChainPlace chainAtHead(JournalDb db, Manifest manifest, long head) {
        ChainPlace found = chain(db, Layout.CHAIN, manifest, head);
        if (found.lsn() != head) {
            throw new HoldfastException(
                    JournalError.JOURNAL_DAMAGED,
                    "the chain is at LSN %d and the head at LSN %d".formatted(found.lsn(), head));
        }
        return found;
    }

    /** The stored head and the chain there. */
    ChainPlace chainAtHead() {
        Manifest manifest = state.manifest();
        return manifest.hasChain() ? chain(db, Layout.CHAIN, manifest, 0) : anchor();
    }

    /** Where the chain over what is still in the history begins. */
    ChainPlace anchor() {
        return chain(db, Layout.ANCHOR, state.manifest(), state.numbers().headLsn);
    }

    private static ChainPlace chain(JournalDb db, byte[] key, Manifest manifest, long head) {
        if (!manifest.hasChain()) {
            return ChainPlace.begin(manifest.pg(), head);
        }
        byte[] stored = db.get(db.meta(), key);
        try {
            return stored == null ? ChainPlace.begin(manifest.pg(), 0) : ChainPlace.decode(stored);
        } catch (IllegalArgumentException malformed) {
            throw new HoldfastException(JournalError.JOURNAL_DAMAGED, "the journal's chain cannot be read", malformed);
        }
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
