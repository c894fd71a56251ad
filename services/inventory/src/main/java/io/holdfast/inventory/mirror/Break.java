package io.holdfast.inventory.mirror;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * A site went on from an older database, or from a new one.
 *
 * @param at when it was noticed
 * @param from the sequence that had been seen
 * @param to the one that came after it
 */
public record Break(Kind kind, Instant at, long from, long to) {
    public enum Kind {
        /** The database is an older state of the one before. */
        REWOUND,
        /** The database is another one. */
        REPLACED
    }

    public Break {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(at, "at");
    }

    /** What it means that {@code now} came after {@code before}. */
    static Optional<Break> between(StatusPosition before, StatusPosition now, Instant at) {
        if (!before.incarnation().equals(now.incarnation())) {
            return Optional.of(new Break(Kind.REPLACED, at, before.sequence(), now.sequence()));
        }
        boolean sameNumberOtherStatus =
                now.sequence() == before.sequence() && !now.digest().equals(before.digest());
        return now.sequence() < before.sequence() || sameNumberOtherStatus
                ? Optional.of(new Break(Kind.REWOUND, at, before.sequence(), now.sequence()))
                : Optional.empty();
    }
}
