package io.holdfast.journalstore.apply;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What is noted of the records beside the state, for those who ask what is known to be equal. A journal works without: nothing is known then. Immutable.
 *
 * @param behind of the last commit, while its branch is there
 * @param firstSyncs by volume index
 */
public record ApplyNotes(Optional<BehindCommit> behind, Map<Integer, FirstSync> firstSyncs) {
    public static final ApplyNotes NONE = new ApplyNotes(Optional.empty(), Map.of());

    public ApplyNotes {
        firstSyncs = Map.copyOf(firstSyncs);
    }

    public boolean isEmpty() {
        return behind.isEmpty() && firstSyncs.isEmpty();
    }

    ApplyNotes committed(BehindCommit commit) {
        return new ApplyNotes(Optional.of(commit), firstSyncs);
    }

    ApplyNotes released() {
        return new ApplyNotes(Optional.empty(), firstSyncs);
    }

    ApplyNotes behind(UnaryOperator<BehindCommit> step) {
        return behind.isEmpty() ? this : new ApplyNotes(behind.map(step), firstSyncs);
    }

    ApplyNotes firstSync(int volumeIndex, FirstSync begun) {
        Map<Integer, FirstSync> more = new HashMap<>(firstSyncs);
        more.put(volumeIndex, begun);
        return new ApplyNotes(behind, more);
    }

    /** It is complete, or another one has begun. */
    ApplyNotes noFirstSync(int volumeIndex) {
        if (!firstSyncs.containsKey(volumeIndex)) {
            return this;
        }
        Map<Integer, FirstSync> fewer = new HashMap<>(firstSyncs);
        fewer.remove(volumeIndex);
        return new ApplyNotes(behind, fewer);
    }
}
