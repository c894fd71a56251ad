package io.holdfast.journalstore.adapter.store;

import io.holdfast.journalstore.adapter.files.ManifestFile;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.apply.FaultPlaces;
import io.holdfast.journalstore.apply.FaultPoints;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.journalstore.journal.Manifest;
import java.util.Optional;

/** When a journal follows a policy (docs/journal-recovery.md, "Policies"). With the store's lock. */
final class PolicyChanges {
    private final FaultPoints faults;

    PolicyChanges(FaultPoints faults) {
        this.faults = faults;
    }

    /** Follows now what can be followed now; the newest policy of which something is left waits. */
    void follow(JournalSlot.Open open, JournalPolicy policy, Journal.Pace pace) {
        Journal journal = open.journal();
        long known = journal.snapshot().manifest().policyRevision();
        if (policy.revision() <= known
                || open.postponed()
                        .filter(waiting -> waiting.revision() > policy.revision())
                        .isPresent()) {
            return;
        }
        open.postponed(Optional.of(policy));
        if (journal.failure().isPresent()) {
            return;
        }
        if (journal.follow((now, head) -> now.follow(policy, head), pace, next -> write(journal, next))) {
            open.postponed(Optional.empty());
            return;
        }
        Manifest now = journal.snapshot().manifest();
        if (!now.followBesideVolumes(policy).equals(now)) {
            journal.follow((manifest, _) -> manifest.followBesideVolumes(policy), pace, next -> write(journal, next));
        }
    }

    private void write(Journal journal, Manifest next) {
        ManifestFile.write(journal.files().manifest(), next);
        faults.reached(FaultPlaces.MANIFEST_WRITTEN);
    }
}
