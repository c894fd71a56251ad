package io.holdfast.journalstore.relay;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.id.VolumeId;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What outlives a session of one relayed group.
 *
 * @param lineage of the journal that {@code acknowledged} belongs to
 * @param sizes bytes of each volume
 * @param whole the target has exactly {@code acknowledged}, or something later
 */
public record Remembered(Epoch epoch, String lineage, Map<VolumeId, Long> sizes, Lsn acknowledged, boolean whole) {
    public Remembered {
        sizes = Map.copyOf(sizes);
    }

    /**
     * The sync with which a session begins; the table in docs/extended-replication.md.
     *
     * @param remembered empty = nothing was ever sent
     * @param held whether every change behind an LSN is in the history
     */
    static SyncKind firstSync(
            Optional<Remembered> remembered, String lineage, Map<VolumeId, Long> sizes, Predicate<Lsn> held) {
        if (remembered.isEmpty()) {
            return SyncKind.INITIAL;
        }
        Remembered last = remembered.get();
        boolean goesOn =
                last.whole && last.lineage.equals(lineage) && last.sizes.equals(sizes) && held.test(last.acknowledged);
        return goesOn ? SyncKind.DELTA : SyncKind.FULL;
    }

    Remembered acknowledged(Lsn lsn) {
        return new Remembered(epoch, lineage, sizes, lsn, true);
    }

    Remembered notWhole() {
        return new Remembered(epoch, lineage, sizes, acknowledged, false);
    }
}
