package io.holdfast.inventory.pairing;

import io.holdfast.kernel.error.HoldfastException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Whether two sites are peers (docs/pairing.md, "The pairing's states"). */
public sealed interface Pairing {
    /** How long a site that revoked tries to say so. */
    Duration TELLING_LIMIT = Duration.ofDays(7);

    Instant since();

    /** Ended here. One that is ended already stays as it is. */
    default Pairing revoked(Instant now, boolean weCall) {
        return this;
    }

    /** Ended there. */
    default Pairing revokedByPeer(Instant now) {
        return this;
    }

    /** @throws HoldfastException {@code PEER_REVOKED} unless it stands */
    default void requireStanding() {
        throw new HoldfastException(PairingError.PEER_REVOKED, "the pairing of these two sites was revoked");
    }

    record Paired(Instant since) implements Pairing {
        @Override
        public Pairing revoked(Instant now, boolean weCall) {
            return new Revoked(now, weCall ? Optional.of(now.plus(TELLING_LIMIT)) : Optional.empty());
        }

        @Override
        public Pairing revokedByPeer(Instant now) {
            return new RevokedByPeer(now);
        }

        @Override
        public void requireStanding() {
            // It does.
        }
    }

    /** @param tellUntil until when the peer is to be told; empty = it knows, or will hear when it calls */
    record Revoked(Instant since, Optional<Instant> tellUntil) implements Pairing {
        /** The peer has heard it, or will not any more. */
        public Revoked told() {
            return new Revoked(since, Optional.empty());
        }
    }

    record RevokedByPeer(Instant since) implements Pairing {}
}
