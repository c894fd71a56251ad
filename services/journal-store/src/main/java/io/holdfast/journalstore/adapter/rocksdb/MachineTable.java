package io.holdfast.journalstore.adapter.rocksdb;

import com.google.protobuf.InvalidProtocolBufferException;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.proto.v1.CheckpointMachine;
import io.holdfast.proto.v1.MachineSet;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/**
 * The machines of checkpoints, in column family {@code checkpoints}: a set stands under the ordinal of the first checkpoint that has it and holds for those
 * behind, so that a hundred thousand checkpoints of an unchanged group cost one entry. Safe for any number of readers.
 */
final class MachineTable {
    /** Machines in a set. A group has fewer; more are a defect upstream, and the checkpoint counts more than they do. */
    static final int MAX_MACHINES = 1024;

    private final JournalDb db;

    MachineTable(JournalDb db) {
        this.db = db;
    }

    /** As of a checkpoint; empty when nothing was known. */
    MachineSet at(long ordinal) {
        try (RocksIterator at = db.iterate(db.checkpoints())) {
            at.seekForPrev(Layout.tagged(Layout.MACHINES, ordinal));
            MachineSet found = at.isValid() && at.key()[0] == Layout.MACHINES
                    ? parse(at.value())
                    : MachineSet.getDefaultInstance();
            JournalDb.requireSound(at);
            return found;
        }
    }

    MachineSet newest() {
        return at(Long.MAX_VALUE);
    }

    private static MachineSet parse(byte[] value) {
        try {
            return MachineSet.parseFrom(value);
        } catch (InvalidProtocolBufferException malformed) {
            throw new HoldfastException(
                    JournalError.JOURNAL_DAMAGED, "the machines of a checkpoint cannot be read", malformed);
        }
    }

    /**
     * What is known after one more report: a machine that it does not name stays as it was, for its agent may not have reported yet.
     *
     * @param reported of one checkpoint's record
     */
    static MachineSet merge(MachineSet known, List<CheckpointMachine> reported) {
        TreeMap<String, CheckpointMachine> merged = new TreeMap<>();
        known.getMachinesList().forEach(machine -> merged.put(machine.getVmId(), machine));
        reported.forEach(machine -> merged.put(machine.getVmId(), machine));
        if (merged.size() > MAX_MACHINES) {
            merged.clear();
            reported.stream().limit(MAX_MACHINES).forEach(machine -> merged.put(machine.getVmId(), machine));
        }
        return MachineSet.newBuilder().addAllMachines(merged.values()).build();
    }

    static void stage(WriteBatch batch, JournalDb db, long ordinal, MachineSet machines) throws RocksDBException {
        batch.put(db.checkpoints(), Layout.tagged(Layout.MACHINES, ordinal), machines.toByteArray());
    }

    /**
     * Drops the sets that are older than what the oldest listed checkpoint has.
     *
     * @param expired ordinals of checkpoints that leave the list with this batch
     */
    void stageExpiry(WriteBatch batch, Set<Long> expired) throws RocksDBException {
        try (RocksIterator at = db.iterate(db.checkpoints())) {
            at.seek(Layout.tagged(Layout.CHECKPOINT, 0));
            while (at.isValid() && at.key()[0] == Layout.CHECKPOINT && expired.contains(ordinal(at))) {
                at.next();
            }
            long oldest = at.isValid() && at.key()[0] == Layout.CHECKPOINT ? ordinal(at) : Long.MAX_VALUE;
            at.seekForPrev(Layout.tagged(Layout.MACHINES, oldest));
            if (at.isValid() && at.key()[0] == Layout.MACHINES) {
                batch.deleteRange(
                        db.checkpoints(),
                        Layout.tagged(Layout.MACHINES, 0),
                        Layout.tagged(Layout.MACHINES, ordinal(at)));
            }
            JournalDb.requireSound(at);
        }
    }

    private static long ordinal(RocksIterator at) {
        return ByteBuffer.wrap(at.key()).getLong(1);
    }
}
