package io.holdfast.journalstore.relay;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.id.VolumeId;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What outlives a session of one relayed group.
 *
 * @param lineage of the journal that {@code at} belongs to
 * @param sizes bytes of each volume
 * @param at newest place that is acknowledged; empty = none
 * @param reached newest place that changes were sent on the way to: the target may have them. Never older than {@code at}
 * @param whole the target has exactly {@code at}, or something later up to {@code reached}
 */
public record Remembered(
        Epoch epoch,
        String lineage,
        Map<VolumeId, Long> sizes,
        Optional<Place> at,
        Optional<Place> reached,
        boolean whole) {
    public Remembered {
        sizes = Map.copyOf(sizes);
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(reached, "reached");
    }

    Lsn acknowledged() {
        return at.map(Place::lsn).orElse(Lsn.NONE);
    }

    /**
     * The sync with which a session begins; the table in docs/extended-replication.md.
     *
     * @param remembered empty = nothing was ever sent
     * @param standing how the journal knows a place now
     * @param held whether every change behind an LSN is in the history
     * @return empty = that cannot be told yet: the journal still applies again what it had when it stopped
     */
    static Optional<SyncKind> firstSync(
            Optional<Remembered> remembered,
            String lineage,
            Map<VolumeId, Long> sizes,
            Function<Place, Standing> standing,
            Predicate<Lsn> held) {
        if (remembered.isEmpty()) {
            return Optional.of(SyncKind.INITIAL);
        }
        Remembered last = remembered.get();
        if (!last.whole
                || last.at.isEmpty()
                || last.reached.isEmpty()
                || !last.lineage.equals(lineage)
                || !last.sizes.equals(sizes)) {
            return Optional.of(SyncKind.FULL);
        }
        return switch (standing.apply(last.reached.get())) {
            case KNOWN -> Optional.of(held.test(last.acknowledged()) ? SyncKind.DELTA : SyncKind.FULL);
            case AHEAD -> Optional.empty();
            case UNKNOWN -> Optional.of(SyncKind.FULL);
        };
    }

    Remembered acknowledged(Place place) {
        return new Remembered(epoch, lineage, sizes, Optional.of(place), reached, true);
    }

    Remembered reaching(Place place) {
        return new Remembered(epoch, lineage, sizes, at, Optional.of(place), whole);
    }

    Remembered notWhole() {
        return new Remembered(epoch, lineage, sizes, at, reached, false);
    }
}
