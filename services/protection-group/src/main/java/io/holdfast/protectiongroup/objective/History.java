package io.holdfast.protectiongroup.objective;

import io.holdfast.protectiongroup.dataplane.DataPlane;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * From when to when one can recover.
 *
 * @param known false when the journal is silent; the rest then is its last word, not the present
 * @param oldest empty when there is no checkpoint, or the journal never spoke
 */
public record History(boolean known, Optional<Instant> oldest, Optional<Instant> newest, Optional<Instant> asOf) {

    public static History at(Instant now, DataPlane dataPlane) {
        return dataPlane
                .journal()
                .map(word -> new History(
                        dataPlane.freshJournal(now).isPresent(),
                        word.newest().flatMap(cut -> word.oldestCutAt()),
                        word.newest().map(cut -> cut.cutAt()),
                        Optional.of(word.at())))
                .orElse(new History(false, Optional.empty(), Optional.empty(), Optional.empty()));
    }

    /** Zero with one checkpoint; empty with none. */
    public Optional<Duration> span() {
        return oldest.flatMap(from -> newest.map(to -> Duration.between(from, to)));
    }
}
