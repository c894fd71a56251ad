package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/**
 * Column family {@code checkpoints}. Ids of expired checkpoints stay for a while, so that a user who asks for one learns that it has
 * expired. Safe for any number of readers.
 */
final class CheckpointTable {
    /** Expired ids that are remembered. */
    private static final int REMEMBERED = 20_000;

    private final JournalDb db;
    private final MachineTable machines;

    CheckpointTable(JournalDb db) {
        this.db = db;
        machines = new MachineTable(db);
    }

    static void stage(WriteBatch batch, JournalDb db, Checkpoint checkpoint) throws RocksDBException {
        byte[] value = CheckpointCodec.encode(checkpoint);
        batch.put(db.checkpoints(), Layout.tagged(Layout.CHECKPOINT, checkpoint.ordinal()), value);
        batch.put(db.checkpoints(), idKey(checkpoint.id()), Layout.longKey(checkpoint.ordinal()));
        if (checkpoint.held()) {
            batch.put(db.checkpoints(), heldKey(checkpoint), new byte[0]);
        } else {
            batch.delete(db.checkpoints(), heldKey(checkpoint));
        }
    }

    /** Takes a checkpoint out of the list and remembers its id. */
    void stageExpiry(WriteBatch batch, Checkpoint checkpoint) throws RocksDBException {
        UUID id = checkpoint.id().value();
        batch.delete(db.checkpoints(), Layout.tagged(Layout.CHECKPOINT, checkpoint.ordinal()));
        batch.put(
                db.checkpoints(),
                Layout.tagged(Layout.CHECKPOINT_EXPIRED, checkpoint.ordinal()),
                ByteBuffer.allocate(16)
                        .putLong(id.getMostSignificantBits())
                        .putLong(id.getLeastSignificantBits())
                        .array());
        long forget = checkpoint.ordinal() - REMEMBERED;
        byte[] oldest = forget <= 0 ? null : db.get(db.checkpoints(), Layout.tagged(Layout.CHECKPOINT_EXPIRED, forget));
        if (oldest != null) {
            batch.delete(db.checkpoints(), Layout.tagged(Layout.CHECKPOINT_EXPIRED, forget));
            ByteBuffer bytes = ByteBuffer.wrap(oldest);
            batch.delete(db.checkpoints(), idKey(new CheckpointId(new UUID(bytes.getLong(), bytes.getLong()))));
        }
    }

    MachineTable machines() {
        return machines;
    }

    private static byte[] idKey(CheckpointId id) {
        return ByteBuffer.allocate(17)
                .put(Layout.CHECKPOINT_ID)
                .putLong(id.value().getMostSignificantBits())
                .putLong(id.value().getLeastSignificantBits())
                .array();
    }

    private static byte[] heldKey(Checkpoint checkpoint) {
        return ByteBuffer.allocate(17)
                .put(Layout.CHECKPOINT_HELD)
                .putLong(checkpoint.lsn().value())
                .putLong(checkpoint.ordinal())
                .array();
    }

    boolean wasListed(CheckpointId id) {
        return db.get(db.checkpoints(), idKey(id)) != null;
    }

    /** @throws HoldfastException {@code CHECKPOINT_NOT_FOUND} or {@code CHECKPOINT_EXPIRED} */
    Checkpoint require(CheckpointId id) {
        byte[] ordinal = db.get(db.checkpoints(), idKey(id));
        if (ordinal == null) {
            throw new HoldfastException(
                    JournalError.CHECKPOINT_NOT_FOUND, "the journal has no checkpoint %s".formatted(id));
        }
        return at(ByteBuffer.wrap(ordinal).getLong())
                .orElseThrow(() -> new HoldfastException(
                        JournalError.CHECKPOINT_EXPIRED, "checkpoint %s has left the history".formatted(id)));
    }

    Optional<Checkpoint> find(CheckpointId id) {
        byte[] ordinal = db.get(db.checkpoints(), idKey(id));
        return ordinal == null ? Optional.empty() : at(ByteBuffer.wrap(ordinal).getLong());
    }

    Optional<Checkpoint> at(long ordinal) {
        byte[] value = db.get(db.checkpoints(), Layout.tagged(Layout.CHECKPOINT, ordinal));
        return value == null ? Optional.empty() : Optional.of(CheckpointCodec.decode(ordinal, value));
    }

    /** The newest with an LSN in the range, both ends included. */
    Optional<Checkpoint> newest(long fromLsn, long toLsn) {
        return newestFirst(
                        Long.MAX_VALUE,
                        1,
                        one -> one.lsn().value() >= fromLsn && one.lsn().value() <= toLsn)
                .stream()
                .findFirst();
    }

    /** The oldest behind an LSN. */
    Optional<Checkpoint> oldest(long afterLsn) {
        try (RocksIterator at = db.iterate(db.checkpoints())) {
            at.seek(Layout.tagged(Layout.CHECKPOINT, 0));
            Optional<Checkpoint> found = Optional.empty();
            while (found.isEmpty() && at.isValid() && at.key()[0] == Layout.CHECKPOINT) {
                Checkpoint checkpoint =
                        CheckpointCodec.decode(ByteBuffer.wrap(at.key()).getLong(1), at.value());
                found = checkpoint.lsn().value() > afterLsn ? Optional.of(checkpoint) : Optional.empty();
                at.next();
            }
            JournalDb.requireSound(at);
            return found;
        }
    }

    /** At most {@code limit} matching checkpoints with a smaller ordinal than {@code before}. */
    List<Checkpoint> newestFirst(long before, int limit, Predicate<Checkpoint> wanted) {
        List<Checkpoint> found = new ArrayList<>();
        try (RocksIterator at = db.iterate(db.checkpoints())) {
            at.seekForPrev(Layout.tagged(Layout.CHECKPOINT, before - 1));
            while (at.isValid() && at.key()[0] == Layout.CHECKPOINT && found.size() < limit) {
                Checkpoint checkpoint =
                        CheckpointCodec.decode(ByteBuffer.wrap(at.key()).getLong(1), at.value());
                if (wanted.test(checkpoint)) {
                    found.add(checkpoint);
                }
                at.prev();
            }
            JournalDb.requireSound(at);
        }
        return found;
    }

    /** From the oldest on, for as long as they are wanted, at most {@code limit}. */
    List<Checkpoint> oldestFirst(int limit, Predicate<Checkpoint> wanted) {
        List<Checkpoint> found = new ArrayList<>();
        try (RocksIterator at = db.iterate(db.checkpoints())) {
            at.seek(Layout.tagged(Layout.CHECKPOINT, 0));
            while (at.isValid() && at.key()[0] == Layout.CHECKPOINT && found.size() < limit) {
                Checkpoint checkpoint =
                        CheckpointCodec.decode(ByteBuffer.wrap(at.key()).getLong(1), at.value());
                if (!wanted.test(checkpoint)) {
                    break;
                }
                found.add(checkpoint);
                at.next();
            }
            JournalDb.requireSound(at);
        }
        return found;
    }

    /** At most {@code limit} checkpoints from an ordinal on, oldest first. */
    List<Checkpoint> from(long ordinal, int limit) {
        List<Checkpoint> found = new ArrayList<>();
        try (RocksIterator at = db.iterate(db.checkpoints())) {
            at.seek(Layout.tagged(Layout.CHECKPOINT, ordinal));
            while (at.isValid() && at.key()[0] == Layout.CHECKPOINT && found.size() < limit) {
                found.add(CheckpointCodec.decode(ByteBuffer.wrap(at.key()).getLong(1), at.value()));
                at.next();
            }
            JournalDb.requireSound(at);
        }
        return found;
    }

    List<Checkpoint> held() {
        List<Checkpoint> found = new ArrayList<>();
        try (RocksIterator at = db.iterate(db.checkpoints())) {
            at.seek(new byte[] {Layout.CHECKPOINT_HELD});
            while (at.isValid() && at.key()[0] == Layout.CHECKPOINT_HELD) {
                at(ByteBuffer.wrap(at.key()).getLong(9)).ifPresent(found::add);
                at.next();
            }
            JournalDb.requireSound(at);
        }
        return found;
    }
}
