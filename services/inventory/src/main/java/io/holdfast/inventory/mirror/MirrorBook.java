package io.holdfast.inventory.mirror;

import io.holdfast.inventory.pairing.Peer;
import io.holdfast.inventory.pairing.PeerBook;
import io.holdfast.kernel.id.SiteId;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/** What sites tell each other, and what is kept of it. Calls belong to the caller's transaction. */
public final class MirrorBook {
    private final Mirrors mirrors;
    private final PeerBook peers;
    private final StatusSource source;
    private final Clock clock;
    private final UUID run = UUID.randomUUID();
    private final AtomicLong calls = new AtomicLong();

    public MirrorBook(Mirrors mirrors, PeerBook peers, StatusSource source, Clock clock) {
        this.mirrors = mirrors;
        this.peers = peers;
        this.source = source;
        this.clock = clock;
    }

    /**
     * What to tell a peer now.
     *
     * @param peerHolds of this site; empty = not known, so it is told everything
     */
    public Exchange tell(SiteId peer, Optional<StatusPosition> peerHolds) {
        SiteStatus status = source.now();
        OwnStatus own = ownNow(status, peerHolds);
        Optional<StatusDigest> held = peerHolds.map(StatusPosition::digest);
        StatusDigest current = own.position().digest();
        return new Exchange(
                run,
                calls.incrementAndGet(),
                clock.instant(),
                own.position(),
                status.summary(),
                held.filter(digest -> digest.groups().equals(current.groups())).isPresent()
                        ? Optional.empty()
                        : Optional.of(status.groups()),
                held.filter(digest -> digest.vms().equals(current.vms())).isPresent()
                        ? Optional.empty()
                        : Optional.of(status.vms()),
                mirrors.find(peer).map(Mirror::held));
    }

    private OwnStatus ownNow(SiteStatus status, Optional<StatusPosition> peerHolds) {
        Optional<OwnStatus> before = mirrors.lockOwn();
        OwnStatus own =
                before.map(known -> known.now(status.digest())).orElseGet(() -> OwnStatus.first(status.digest()));
        if (peerHolds.isPresent()) {
            own = own.seenAs(peerHolds.get(), clock.instant());
        }
        if (!before.equals(Optional.of(own))) {
            mirrors.save(own);
        }
        return own;
    }

    /**
     * Takes what a peer has told.
     *
     * @param at when it may have been told at the earliest, by our clock: ages are counted from then
     * @throws io.holdfast.kernel.error.HoldfastException as {@link Mirror#heard}
     */
    public Mirror hear(Peer from, Exchange exchange, Instant at) {
        Mirror heard = Mirror.heard(from.id(), mirrors.lock(from.id()), exchange, at);
        mirrors.save(heard);
        peers.called(from, exchange.summary().name());
        return heard;
    }

    /** The answer to a call: takes what came, and tells what the caller lacks. */
    public Exchange answer(Peer caller, Exchange exchange) {
        hear(caller, exchange, clock.instant());
        return tell(caller.id(), exchange.known());
    }

    public Optional<Mirror> of(SiteId peer) {
        return mirrors.find(peer);
    }

    /** How far this site's own status has come; empty = it has told nobody yet. */
    public Optional<OwnStatus> own() {
        return mirrors.own();
    }

    /** Whether this process is the one that calls a peer. */
    public boolean mayCall(SiteId peer, Instant until) {
        return mirrors.lease(peer, run, clock.instant(), until);
    }
}
