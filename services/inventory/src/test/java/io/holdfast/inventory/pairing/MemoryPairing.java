package io.holdfast.inventory.pairing;

import io.holdfast.inventory.mirror.Mirror;
import io.holdfast.inventory.mirror.Mirrors;
import io.holdfast.inventory.mirror.OwnStatus;
import io.holdfast.inventory.site.Site;
import io.holdfast.inventory.site.Sites;
import io.holdfast.kernel.id.SiteId;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;

/** The stores of one site in memory, with transactions that roll back, wait for each other, and can be made to die. Thread-safe within transactions. */
public final class MemoryPairing implements Transactions {
    /** Where in a transaction the site dies. */
    public enum Death {
        BEFORE_COMMIT,
        AFTER_COMMIT
    }

    /** The process is gone. */
    public static final class Died extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private TreeMap<UUID, Invitation> invitations = new TreeMap<>();
    private TreeMap<SiteId, Peer> peers = new TreeMap<>(Comparator.comparing(SiteId::value));
    private TreeMap<SiteId, Site> sites = new TreeMap<>(Comparator.comparing(SiteId::value));
    private TreeMap<SiteId, Mirror> mirrors = new TreeMap<>(Comparator.comparing(SiteId::value));
    private Optional<OwnStatus> own = Optional.empty();
    private Optional<UUID> leaseHolder = Optional.empty();
    private Optional<Death> death = Optional.empty();
    private int transactionsBeforeDeath;

    /** @param after so many transactions that end well */
    public synchronized void dieAt(Death point, int after) {
        death = Optional.of(point);
        transactionsBeforeDeath = after;
    }

    public synchronized void live() {
        death = Optional.empty();
    }

    @Override
    public synchronized <T> T call(Supplier<T> work) {
        var invitationsBefore = new TreeMap<>(invitations);
        var peersBefore = new TreeMap<>(peers);
        var sitesBefore = new TreeMap<>(sites);
        var mirrorsBefore = new TreeMap<>(mirrors);
        var ownBefore = own;
        boolean dies = death.isPresent() && transactionsBeforeDeath-- <= 0;
        boolean committed = false;
        try {
            T result = work.get();
            committed = !dies || death.get() == Death.AFTER_COMMIT;
            if (dies) {
                throw new Died();
            }
            return result;
        } finally {
            if (!committed) {
                invitations = invitationsBefore;
                peers = peersBefore;
                sites = sitesBefore;
                mirrors = mirrorsBefore;
                own = ownBefore;
            }
        }
    }

    public Optional<Peer> peer(SiteId id) {
        return call(() -> Optional.ofNullable(peers.get(id)));
    }

    /** As a restore of the database to before the pairing. */
    public synchronized void forgetPeers() {
        peers.clear();
    }

    /** How far the own status had come, to be put back later: as from a backup. */
    public synchronized Optional<OwnStatus> backUpOwn() {
        return own;
    }

    /** The lease of who was there before is over by then. */
    public synchronized void restoreOwn(Optional<OwnStatus> backup) {
        own = backup;
        leaseHolder = Optional.empty();
    }

    public Mirrors mirrors() {
        return new Mirrors() {
            @Override
            public Optional<Mirror> find(SiteId site) {
                return Optional.ofNullable(mirrors.get(site));
            }

            @Override
            public Optional<Mirror> lock(SiteId site) {
                return find(site);
            }

            @Override
            public void save(Mirror mirror) {
                mirrors.put(mirror.site(), mirror);
            }

            @Override
            public Optional<OwnStatus> own() {
                return own;
            }

            @Override
            public Optional<OwnStatus> lockOwn() {
                return own;
            }

            @Override
            public void save(OwnStatus next) {
                own = Optional.of(next);
            }

            @Override
            public boolean lease(SiteId site, UUID holder, Instant now, Instant until) {
                leaseHolder = leaseHolder.or(() -> Optional.of(holder));
                return leaseHolder.get().equals(holder);
            }
        };
    }

    public Invitations invitations() {
        return new Invitations() {
            @Override
            public Optional<Invitation> lock(UUID id) {
                return Optional.ofNullable(invitations.get(id));
            }

            @Override
            public List<Invitation> list(Optional<UUID> after, int limit) {
                return invitations.values().stream()
                        .filter(one -> after.isEmpty() || one.id().compareTo(after.get()) > 0)
                        .limit(limit)
                        .toList();
            }

            @Override
            public long countOpen(Instant now) {
                return invitations.values().stream()
                        .filter(one -> one.isOpen(now))
                        .count();
            }

            @Override
            public void save(Invitation invitation) {
                invitations.put(invitation.id(), invitation);
            }

            @Override
            public void forget(Instant expiredBefore) {
                invitations.values().removeIf(one -> one.expiresAt().isBefore(expiredBefore));
            }
        };
    }

    public Peers peers() {
        return new Peers() {
            @Override
            public Optional<Peer> find(SiteId id) {
                return Optional.ofNullable(peers.get(id));
            }

            @Override
            public List<Peer> list(Optional<SiteId> after, int limit) {
                return peers.values().stream()
                        .filter(peer -> after.isEmpty()
                                || peer.id().value().compareTo(after.get().value()) > 0)
                        .limit(limit)
                        .toList();
            }

            @Override
            public long countStanding() {
                return peers.values().stream().filter(Peer::stands).count();
            }

            @Override
            public void save(Peer peer) {
                peers.put(peer.id(), peer);
            }
        };
    }

    public Sites sites() {
        return new Sites() {
            @Override
            public Optional<Site> find(SiteId id) {
                return Optional.ofNullable(sites.get(id));
            }

            @Override
            public List<Site> list(Optional<SiteId> after, int limit) {
                return List.copyOf(sites.values());
            }

            @Override
            public void save(Site site) {
                sites.put(site.id(), site);
            }
        };
    }
}
