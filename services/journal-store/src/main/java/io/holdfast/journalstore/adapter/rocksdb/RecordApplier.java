package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.changestream.BatchHeader;
import io.holdfast.changestream.Batches;
import io.holdfast.changestream.OpenedBatch;
import io.holdfast.journalstore.apply.AppliedStream;
import io.holdfast.journalstore.apply.ApplyState;
import io.holdfast.journalstore.apply.BatchVerdict;
import io.holdfast.journalstore.apply.CheckpointCut;
import io.holdfast.journalstore.apply.DiscardReason;
import io.holdfast.journalstore.apply.GapReason;
import io.holdfast.journalstore.apply.StreamRules;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Manifest;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.proto.v1.ChangeBatch;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.proto.v1.CheckpointMachine;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.rocksdb.RocksDBException;

/**
 * From a record of topic {@code changes} to the rules, and from what they refuse to a dead letter and a gap. One thread; lives as long as
 * one opened database.
 */
final class RecordApplier {
    private final ApplyState state;
    private final StagedWrites staged;
    private final CheckpointTable checkpoints;
    private final Set<CheckpointId> stagedIds = new HashSet<>();
    private final List<Checkpoint> newlyListed = new ArrayList<>();

    RecordApplier(ApplyState state, StagedWrites staged, CheckpointTable checkpoints) {
        this.state = state;
        this.staged = staged;
        this.checkpoints = checkpoints;
    }

    /** Whether an agent, a volume or a policy revision in the record is not in the manifest yet. */
    static boolean needsNewerPolicy(Manifest manifest, ChangesRecord record) {
        if (record.hasCheckpoint()) {
            return record.getCheckpoint().getPolicyRevision() > manifest.policyRevision();
        }
        ChangeBatch batch = record.getBatch();
        Set<String> known = new HashSet<>();
        manifest.volumes().forEach(slot -> {
            known.add(slot.volume().toString());
            known.add(slot.agent().toString());
        });
        return !known.contains(batch.getAgentId()) || !known.containsAll(batch.getVolumeIdsList());
    }

    /** @throws HoldfastException only when the store fails; what the rules refuse is {@link Applied.Refused} */
    Applied apply(ChangesRecord record) {
        try {
            return switch (record.getRecordCase()) {
                case BATCH -> batch(record.getBatch());
                case CHECKPOINT ->
                    checkpoint(
                            RecordMapper.cut(record.getCheckpoint()),
                            record.getCheckpoint().getMachinesList());
                case RECORD_NOT_SET ->
                    throw new HoldfastException(
                            JournalError.MALFORMED_RECORD, "a record that is neither batch nor checkpoint");
            };
        } catch (HoldfastException refused) {
            if (refused.getCause() instanceof RocksDBException) {
                throw refused;
            }
            if (!record.hasCheckpoint()) {
                state.noteMissing();
            }
            if (record.hasBatch()) {
                gapOf(record.getBatch(), GapReason.RECORD_REFUSED);
            }
            return new Applied.Refused(refused);
        }
    }

    /** A committed session has the volumes: nothing of a stream is taken, and what would begin anew is gapped again. */
    Applied turnAway(ChangesRecord record) {
        if (record.hasBatch()) {
            noteDropped(record.getBatch());
            gapOf(record.getBatch(), GapReason.COMMITTED);
        } else if (!record.hasCheckpoint()) {
            state.noteMissing();
        }
        return new Applied.Batch(new BatchVerdict.StillGapped(), 0, 0);
    }

    private Applied batch(ChangeBatch batch) {
        if (!continuesStream(batch)) {
            // Nothing will be stored: no need to open the body.
            BatchHeader header = Batches.check(batch);
            BatchVerdict verdict = state.apply(new OpenedBatch(header, List.of()), staged);
            if (!(verdict instanceof BatchVerdict.Duplicate)) {
                noteDropped(batch);
            }
            return new Applied.Batch(verdict, 0, 0);
        }
        OpenedBatch whole = Batches.open(batch);
        long lsn = state.numbers().headLsn;
        long bytes = state.numbers().liveBytesAdded;
        BatchVerdict verdict = state.apply(whole, staged);
        if (!(verdict instanceof BatchVerdict.Apply)) {
            state.noteDropped(whole);
        }
        return new Applied.Batch(verdict, state.numbers().headLsn - lsn, state.numbers().liveBytesAdded - bytes);
    }

    /** A first look at the header, to spare checking a body twice; whatever it says, the batch is checked afterwards. */
    private boolean continuesStream(ChangeBatch batch) {
        AppliedStream stream = state.stream(AgentId.parse(batch.getAgentId()));
        if (batch.getEpoch() <= 0 || batch.getFirstSeq() <= 0 || batch.getRecordCount() <= 0) {
            return false;
        }
        return StreamRules.judge(
                        stream, new Epoch(batch.getEpoch()), new Seq(batch.getFirstSeq()), batch.getRecordCount())
                instanceof BatchVerdict.Apply;
    }

    /** Looks into a batch that is not stored, as long as that can tell something: whether it has changes that a commit's branch lacks. */
    private void noteDropped(ChangeBatch batch) {
        if (!state.notesDrops()) {
            return;
        }
        try {
            state.noteDropped(Batches.open(batch));
        } catch (HoldfastException unreadable) {
            state.noteMissing();
        }
    }

    private void gapOf(ChangeBatch batch, GapReason reason) {
        try {
            AgentId agent = AgentId.parse(batch.getAgentId());
            boolean known = state.manifest().volumes().stream()
                    .anyMatch(slot -> slot.agent().equals(agent));
            if (known) {
                state.gap(agent, reason, new Epoch(Math.max(0, batch.getEpoch())), staged);
            }
        } catch (HoldfastException noAgent) {
            // Nobody to attribute it to: whatever is missing shows as a gap at the stream's next batch.
        }
    }

    private Applied checkpoint(CheckpointCut cut, List<CheckpointMachine> machines) {
        if (stagedIds.contains(cut.id()) || checkpoints.wasListed(cut.id())) {
            return new Applied.ListedBefore();
        }
        long[] before = state.numbers().discarded.clone();
        Optional<Checkpoint> listed = state.checkpoint(cut, staged);
        if (listed.isPresent()) {
            stagedIds.add(cut.id());
            newlyListed.add(listed.get());
            staged.machines(listed.get(), machines);
            return new Applied.Listed(listed.get());
        }
        return new Applied.Discarded(DiscardReason.values()[changed(before, state.numbers().discarded)]);
    }

    private static int changed(long[] before, long[] after) {
        int i = 0;
        while (before[i] == after[i]) {
            i++;
        }
        return i;
    }

    /** What was staged is in the database now. */
    void committed() {
        stagedIds.clear();
    }

    /** Checkpoints that became listed since the last call. */
    List<Checkpoint> takeListed() {
        List<Checkpoint> listed = List.copyOf(newlyListed);
        newlyListed.clear();
        return listed;
    }
}
