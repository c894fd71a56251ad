package io.holdfast.inventory.mirror;

import io.holdfast.inventory.pairing.PairingError;
import io.holdfast.inventory.pairing.Peer;
import io.holdfast.inventory.pairing.PeerBook;
import io.holdfast.inventory.pairing.Peers;
import io.holdfast.inventory.pairing.Transactions;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.SiteId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** Calls every peer that this site joined, again and again. Thread-safe. */
public final class PeerCalls {
    private static final int MOST_LISTED = 1000;

    /**
     * @param interval between calls that go well; doubles behind each that does not
     * @param longestInterval where the doubling ends
     * @param lease longer than a call can take
     */
    public record Pace(Duration interval, Duration longestInterval, Duration lease) {
        Duration after(int failures) {
            Duration pause = interval;
            for (int doubled = 1; doubled < failures && pause.compareTo(longestInterval) < 0; doubled++) {
                pause = pause.multipliedBy(2);
            }
            return failures > 1 && pause.compareTo(longestInterval) > 0 ? longestInterval : pause;
        }
    }

    /** Why the last call did not go well. */
    public record Failure(String code, String message, Instant at) {}

    private static final class Line {
        final AtomicBoolean busy = new AtomicBoolean();
        volatile Instant dueAt = Instant.MIN;
        volatile int failures;
        volatile Optional<Failure> failure = Optional.empty();
        volatile Optional<StatusPosition> peerHolds = Optional.empty();
    }

    private final Peers peers;
    private final PeerBook book;
    private final MirrorBook mirrors;
    private final StatusLink link;
    private final Transactions transactions;
    private final Clock clock;
    private final Pace pace;
    private final Map<SiteId, Line> lines = new ConcurrentHashMap<>();

    public PeerCalls(
            Peers peers,
            PeerBook book,
            MirrorBook mirrors,
            StatusLink link,
            Transactions transactions,
            Clock clock,
            Pace pace) {
        this.peers = Objects.requireNonNull(peers, "peers");
        this.book = book;
        this.mirrors = mirrors;
        this.link = link;
        this.transactions = transactions;
        this.clock = clock;
        this.pace = pace;
    }

    /** To be called every second or so: begins the calls that are due, each on a thread of its own, and does not wait for them. */
    public void callDue() {
        List<Peer> called = transactions.call(() -> peers.list(Optional.empty(), MOST_LISTED)).stream()
                .filter(peer -> peer.stands() && peer.weCall())
                .toList();
        lines.keySet().retainAll(called.stream().map(Peer::id).toList());
        for (Peer peer : called) {
            Line line = line(peer.id());
            if (!clock.instant().isBefore(line.dueAt) && line.busy.compareAndSet(false, true)) {
                Thread.ofVirtual().name("peer-call-" + peer.id()).start(() -> {
                    try {
                        call(peer, line);
                    } finally {
                        line.busy.set(false);
                    }
                });
            }
        }
    }

    /** What is wrong with the line to a peer now; empty = nothing, or it is not called from here. */
    public Optional<Failure> failure(SiteId peer) {
        return Optional.ofNullable(lines.get(peer)).flatMap(line -> line.failure);
    }

    private Line line(SiteId peer) {
        return lines.computeIfAbsent(peer, _ -> new Line());
    }

    private void call(Peer peer, Line line) {
        try {
            if (transactions.call(
                    () -> mirrors.mayCall(peer.id(), clock.instant().plus(pace.lease())))) {
                exchange(peer, line);
                if (!holdsAll(peer, line)) {
                    // A list was thought to be there that is not: once more, with all of it.
                    exchange(peer, line);
                }
            }
            line.failures = 0;
            line.failure = Optional.empty();
        } catch (HoldfastException refused) {
            failed(peer, line, refused);
        } catch (RuntimeException outage) {
            failed(
                    peer,
                    line,
                    new HoldfastException(
                            PairingError.PEER_UNREACHABLE,
                            "the call could not be made or kept here: " + outage,
                            outage));
        }
        line.dueAt = clock.instant().plus(pace.after(line.failures));
    }

    private void exchange(Peer peer, Line line) {
        Instant before = clock.instant();
        Exchange told = transactions.call(() -> mirrors.tell(peer.id(), line.peerHolds));
        Exchange heard = link.exchange(peer, told);
        line.peerHolds = heard.known();
        transactions.run(() -> mirrors.hear(peer, heard, before));
    }

    private boolean holdsAll(Peer peer, Line line) {
        StatusDigest own =
                transactions.call(mirrors::own).orElseThrow().position().digest();
        return line.peerHolds.map(StatusPosition::digest).filter(own::equals).isPresent();
    }

    private void failed(Peer peer, Line line, HoldfastException why) {
        line.peerHolds = Optional.empty();
        line.failures++;
        line.failure = Optional.of(new Failure(why.code().name(), why.getMessage(), clock.instant()));
        if (why.code() == PairingError.PEER_REVOKED) {
            transactions.run(() -> book.callWasRevoked(peer));
        }
    }
}
