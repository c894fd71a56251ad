package io.holdfast.inventory.mirror;

import io.holdfast.inventory.pairing.Peer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What is known of a peer, and what it is worth. Calls belong to the caller's transaction. */
public final class PeerView {
    private final MirrorBook mirrors;
    private final PeerCalls calls;
    private final Duration staleAfter;
    private final Clock clock;

    public PeerView(MirrorBook mirrors, PeerCalls calls, Duration staleAfter, Clock clock) {
        this.mirrors = mirrors;
        this.calls = calls;
        this.staleAfter = staleAfter;
        this.clock = clock;
    }

    /** @param now the instant that ages are counted to */
    public record Seen(Optional<Mirror> mirror, Reach reach, Optional<PeerCalls.Failure> failure, Instant now) {}

    public Seen of(Peer peer) {
        Instant now = clock.instant();
        Optional<Mirror> mirror = mirrors.of(peer.id());
        return new Seen(mirror, reach(peer, mirror, now), calls.failure(peer.id()), now);
    }

    private Reach reach(Peer peer, Optional<Mirror> mirror, Instant now) {
        if (mirror.isEmpty()) {
            return Reach.NEVER;
        }
        boolean current = peer.stands() && mirror.get().age(now).compareTo(staleAfter) <= 0;
        return current ? Reach.CURRENT : Reach.STALE;
    }
}
