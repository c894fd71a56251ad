package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.apply.AppliedNumbers;
import io.holdfast.journalstore.apply.AppliedStream;
import io.holdfast.journalstore.apply.ApplyNotes;
import io.holdfast.journalstore.apply.ApplyState;
import io.holdfast.journalstore.apply.VolumeSync;
import io.holdfast.journalstore.journal.Manifest;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.id.AgentId;
import java.util.List;
import java.util.Map;

/**
 * What a journal looked like after its last write; for threads other than the one that applies.
 *
 * @param numbers a copy, not to be changed
 */
public record JournalSnapshot(
        Manifest manifest,
        AppliedNumbers numbers,
        Map<AgentId, AppliedStream> streams,
        Map<Integer, VolumeSync> volumes,
        ApplyNotes notes,
        int volumesInSync) {

    static JournalSnapshot of(ApplyState state) {
        return new JournalSnapshot(
                state.manifest(),
                state.numbers().copy(),
                state.streams(),
                state.volumes(),
                state.notes(),
                state.volumesInSync());
    }

    public Lsn head() {
        return Lsn.of(numbers.headLsn);
    }

    /**
     * Whether a stream of a volume that is protected cannot go on. That of an agent whose volumes have all moved to another host, or have left, is nobody's any
     * more: it never goes on, and needs not.
     */
    public boolean hasGap() {
        return manifest.protectedVolumes().stream()
                .anyMatch(slot -> streams.get(slot.agent()) instanceof AppliedStream.Gapped);
    }

    /** The volumes that exist at an LSN: in sync at least once by then, and not removed before. */
    public List<VolumeSlot> volumesAt(Lsn lsn) {
        return manifest.volumes().stream()
                .filter(slot -> {
                    VolumeSync sync = volumes.getOrDefault(slot.index(), VolumeSync.NEVER);
                    return sync.since().filter(since -> !since.isAfter(lsn)).isPresent()
                            && slot.removedAt()
                                    .filter(removed -> lsn.isAfter(removed))
                                    .isEmpty();
                })
                .toList();
    }
}
