package io.holdfast.journalstore.adapter.store;

import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalSnapshot;
import io.holdfast.journalstore.apply.FirstSync;
import io.holdfast.journalstore.apply.VolumeSync;
import io.holdfast.journalstore.differences.Regions;
import io.holdfast.journalstore.integrity.Finding;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is known of a replica during its first sync, by the order of its import (docs/known-differences.md). Thread-safe.
 */
final class KnownEqual {
    private final JournalStore store;
    /** Of first syncs under way: while one is, no import can take its seed away. */
    private final Map<Replica, Found> found = new ConcurrentHashMap<>();

    private record Replica(PgId pg, VolumeId volume) {}

    private record Found(FirstSync sync, String captureId, long volumeBytes, Regions differing) {}

    KnownEqual(JournalStore store) {
        this.store = store;
    }

    /**
     * @param now in which the place of the question is applied, durably
     * @return where the replica may differ from what the capture saw at its begin; empty = nothing is known
     */
    Optional<Regions> of(Journal journal, JournalSnapshot now, VolumeSlot slot, HeadHashes.Question question) {
        Replica replica = new Replica(question.pg(), slot.volume());
        FirstSync sync = now.notes().firstSyncs().get(slot.index());
        boolean underWay = sync != null
                && now.volumes().getOrDefault(slot.index(), VolumeSync.NEVER).phase() == VolumeSync.Phase.SYNCING
                && sync.isOf(question.agent(), question.from());
        if (!underWay) {
            found.remove(replica);
            return Optional.empty();
        }
        if (question.captureId().isEmpty() || isDamaged(question, slot)) {
            return Optional.empty();
        }
        Found known = found.get(replica);
        if (known == null
                || !known.sync.equals(sync)
                || !known.captureId.equals(question.captureId())
                || known.volumeBytes != slot.sizeBytes()) {
            known = look(journal, slot, sync, question).orElse(null);
            if (known != null) {
                found.put(replica, known);
            }
        }
        return Optional.ofNullable(known).map(Found::differing);
    }

    /** What is not known is looked for again: an import's end is noted a little after its image is in its place. */
    private Optional<Found> look(Journal journal, VolumeSlot slot, FirstSync sync, HeadHashes.Question question) {
        try {
            return SeedNotes.differing(journal.files(), question.pg(), slot, question.captureId())
                    .map(regions -> new Found(sync, question.captureId(), slot.sizeBytes(), regions));
        } catch (HoldfastException unreadable) {
            return Optional.empty();
        }
    }

    /** Damage that a scrub has found in the volume: then all of it is read, and what is damaged is sent again. */
    private boolean isDamaged(HeadHashes.Question question, VolumeSlot slot) {
        return store.slot(question.pg())
                .map(one -> one instanceof JournalSlot.Open open
                        && open.scrub().present().stream()
                                .anyMatch((Finding finding) ->
                                        finding.volumeIndex() < 0 || finding.volumeIndex() == slot.index()))
                .orElse(true);
    }
}
