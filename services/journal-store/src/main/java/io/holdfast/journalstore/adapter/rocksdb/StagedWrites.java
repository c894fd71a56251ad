package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.apply.ApplySink;
import io.holdfast.journalstore.apply.ApplyState;
import io.holdfast.journalstore.integrity.ChainPlace;
import io.holdfast.journalstore.integrity.Digest;
import io.holdfast.journalstore.integrity.HistoryChain;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.Fork;
import io.holdfast.kernel.Block;
import io.holdfast.kernel.Crc32c;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.change.StreamRecord.Data;
import io.holdfast.proto.v1.CheckpointMachine;
import io.holdfast.proto.v1.MachineSet;
import java.nio.ByteBuffer;
import java.util.List;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * Collects what apply decides into one write batch. Values go over direct buffers that are reused, so a change costs no garbage here. One
 * thread.
 */
final class StagedWrites implements ApplySink, AutoCloseable {
    private final JournalDb db;
    private final WriteBatch batch = new WriteBatch();
    private final ByteBuffer key = ByteBuffer.allocateDirect(Layout.INDEX_KEY_BYTES);
    private final ByteBuffer value = ByteBuffer.allocateDirect(PartHeader.BYTES + Layout.PART_BYTES);
    private final ByteBuffer small = ByteBuffer.allocateDirect(1);

    private final HistoryChain chain;
    /** Of the newest checkpoint, staged or stored. */
    private MachineSet machines;

    private boolean notesStored = true;

    /**
     * @param chain at the head of what is stored
     * @param machines of the newest checkpoint that is stored
     */
    StagedWrites(JournalDb db, ChainPlace chain, MachineSet machines) {
        this.db = db;
        this.chain = new HistoryChain(chain);
        this.machines = machines;
    }

    long bytes() {
        return batch.getDataSize();
    }

    boolean isEmpty() {
        return batch.count() == 0;
    }

    /** Writes everything together with the state that belongs to it, and starts anew. */
    void commit(ApplyState state) {
        try {
            batch.put(db.meta(), Layout.STATE, StateCodec.encode(state));
            batch.put(db.meta(), Layout.CHAIN, chain.place().encode());
            notes(state);
            db.write(batch);
        } catch (RocksDBException failure) {
            throw StorageFailures.translate("staging the state", failure);
        } finally {
            batch.clear();
        }
    }

    /** With the state's own offset, so that a version that leaves them as they are is found out. */
    private void notes(ApplyState state) throws RocksDBException {
        if (!state.notes().isEmpty()) {
            batch.put(db.meta(), Layout.NOTES, NotesCodec.encode(state.notes(), state.numbers().nextOffset));
            notesStored = true;
        } else if (notesStored) {
            batch.delete(db.meta(), Layout.NOTES);
            notesStored = false;
        }
    }

    /** Goes along with the next commit. */
    void fork(Fork fork) {
        put(db.meta(), Layout.FORK, ForkCodec.encode(fork));
    }

    void forget() {
        batch.clear();
    }

    @Override
    public void change(Lsn lsn, int volumeIndex, Change change) {
        try {
            switch (change) {
                case Data data -> data(lsn.value(), volumeIndex, data);
                case Change empty -> zeroes(lsn.value(), volumeIndex, empty);
            }
        } catch (RocksDBException failure) {
            throw StorageFailures.translate("staging a change", failure);
        }
    }

    @Override
    public void lineageBegins(Lsn lsn, long micros) {
        PartHeader.writeLineage(value, micros);
        chain.add(lsn.value(), value);
        value.flip();
        Layout.changeKey(key, lsn.value(), 0);
        try {
            batch.put(db.changes(), key, value);
        } catch (RocksDBException failure) {
            throw StorageFailures.translate("staging the begin of a lineage", failure);
        }
    }

    private void data(long lsn, int volume, Data data) throws RocksDBException {
        ByteBuffer payload = data.payload();
        int parts = Math.ceilDiv(data.length(), Layout.PART_BYTES);
        for (int part = 0; part < parts; part++) {
            int from = part * Layout.PART_BYTES;
            ByteBuffer bytes =
                    payload.slice(payload.position() + from, Math.min(Layout.PART_BYTES, data.length() - from));
            // A change in one part keeps the checksum that was made where it was captured.
            PartHeader.write(value, volume, data, parts == 1 ? data.crc32c() : Crc32c.of(bytes));
            chain.add(lsn, value);
            value.put(bytes).flip();
            Layout.changeKey(key, lsn, part);
            batch.put(db.changes(), key, value);
        }
        long first = Block.indexOf(data.offset());
        int blocks = data.length() / Block.SIZE_BYTES;
        for (int place = 0; place < blocks; place++) {
            Layout.indexKey(key, volume, Layout.LEVEL_BLOCK, first + place, lsn);
            small.clear().put((byte) place).flip();
            batch.put(db.index(), key, small);
        }
    }

    private void zeroes(long lsn, int volume, Change change) throws RocksDBException {
        PartHeader.write(value, volume, change, 0);
        chain.add(lsn, value);
        value.flip();
        Layout.changeKey(key, lsn, 0);
        batch.put(db.changes(), key, value);
        IndexUnits.of(change.offset(), change.length(), (level, unit) -> {
            Layout.indexKey(key, volume, level, unit, lsn);
            small.clear().flip();
            batch.put(db.index(), key, small);
        });
    }

    @Override
    public void time(long micros, Lsn lsn) {
        put(db.time(), Layout.longKey(micros), Layout.longKey(lsn.value()));
    }

    @Override
    public void consistentFrom(Lsn from) {
        put(db.meta(), Layout.rangeKey(from.value()), Layout.longKey(Long.MAX_VALUE));
    }

    @Override
    public void consistentUntil(Lsn from, Lsn to) {
        put(db.meta(), Layout.rangeKey(from.value()), Layout.longKey(to.value()));
    }

    @Override
    public Digest digest() {
        return chain.place().digest();
    }

    @Override
    public void list(Checkpoint checkpoint) {
        try {
            CheckpointTable.stage(batch, db, checkpoint);
        } catch (RocksDBException failure) {
            throw StorageFailures.translate("staging a checkpoint", failure);
        }
    }

    /** The machines of a checkpoint that was listed with this batch; stored only when they are others than before. */
    void machines(Checkpoint listed, List<CheckpointMachine> reported) {
        MachineSet now = MachineTable.merge(machines, reported);
        if (!now.equals(machines)) {
            try {
                MachineTable.stage(batch, db, listed.ordinal(), now);
            } catch (RocksDBException failure) {
                throw StorageFailures.translate("staging the machines of a checkpoint", failure);
            }
            machines = now;
        }
    }

    private void put(org.rocksdb.ColumnFamilyHandle family, byte[] key, byte[] value) {
        try {
            batch.put(family, key, value);
        } catch (RocksDBException failure) {
            throw StorageFailures.translate("staging a write", failure);
        }
    }

    @Override
    public void close() {
        batch.close();
    }
}
