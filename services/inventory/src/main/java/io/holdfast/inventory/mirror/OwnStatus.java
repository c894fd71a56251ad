package io.holdfast.inventory.mirror;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * How far this site's own status has come.
 *
 * @param rewound that a peer had seen more of this site than this database knows of, and when that was noticed last
 */
public record OwnStatus(StatusPosition position, Optional<Break> rewound) {
    public OwnStatus {
        Objects.requireNonNull(position, "position");
        Objects.requireNonNull(rewound, "rewound");
    }

    /** Of a database that is new. */
    public static OwnStatus first(StatusDigest digest) {
        return new OwnStatus(new StatusPosition(UUID.randomUUID(), 1, digest), Optional.empty());
    }

    /** The next number when the status is another. */
    OwnStatus now(StatusDigest digest) {
        return digest.equals(position.digest())
                ? this
                : new OwnStatus(new StatusPosition(position.incarnation(), position.sequence() + 1, digest), rewound);
    }

    /** A peer says how far it has seen this site: further than it knows of itself means that its database is older. */
    OwnStatus seenAs(StatusPosition seen, Instant now) {
        boolean further = seen.incarnation().equals(position.incarnation()) && seen.sequence() > position.sequence();
        if (!further) {
            return this;
        }
        var found = new Break(Break.Kind.REWOUND, now, seen.sequence(), position.sequence());
        return new OwnStatus(
                new StatusPosition(position.incarnation(), seen.sequence() + 1, position.digest()), Optional.of(found));
    }
}
