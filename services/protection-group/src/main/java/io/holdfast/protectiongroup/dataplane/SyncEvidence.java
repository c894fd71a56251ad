package io.holdfast.protectiongroup.dataplane;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.protectiongroup.lifecycle.ResyncReason;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/**
 * What the data plane's fresh words prove about a group's volumes. Silence proves nothing: a lost agent or a silent journal
 * moves no lifecycle, it shows in the conditions.
 */
public sealed interface SyncEvidence {
    /** Every volume of the policy is in sync, by its agent's word and by the journal's. */
    record AllInSync() implements SyncEvidence {}

    record OutOfSync(ResyncReason reason) implements SyncEvidence {}

    record Nothing() implements SyncEvidence {}

    /**
     * @param expected the policy's volumes by agent; not empty
     */
    static SyncEvidence of(Map<AgentId, Set<VolumeId>> expected, DataPlane dataPlane, Instant now) {
        boolean everyStreamInSync = true;
        int volumeCount = 0;
        for (var entry : expected.entrySet()) {
            volumeCount += entry.getValue().size();
            var stream = dataPlane.freshStream(entry.getKey(), now).filter(StreamWord::tellsOfVolumes);
            if (stream.isEmpty()) {
                everyStreamInSync = false;
                continue;
            }
            for (VolumeId volume : entry.getValue()) {
                var progress = stream.get().volumes().get(volume);
                if (progress == null) {
                    return new OutOfSync(ResyncReason.VOLUME_ADDED);
                }
                if (progress.state() != StreamWord.SyncState.IN_SYNC) {
                    return new OutOfSync(ResyncReason.VOLUME_OUT_OF_SYNC);
                }
            }
        }
        var journal = dataPlane.freshJournal(now);
        if (journal.isPresent()) {
            if (journal.get().state() == JournalWord.State.GAP) {
                return new OutOfSync(ResyncReason.JOURNAL_GAP);
            }
            if (journal.get().volumesInSync() < journal.get().volumeCount()) {
                return new OutOfSync(ResyncReason.JOURNAL_OUT_OF_SYNC);
            }
        }
        // A journal that has not read the newest policy yet counts other volumes than we do; wait for it.
        boolean journalInSync = journal.isPresent()
                && journal.get().volumeCount() == volumeCount
                && journal.get().volumesInSync() == volumeCount;
        return everyStreamInSync && journalInSync ? new AllInSync() : new Nothing();
    }
}
