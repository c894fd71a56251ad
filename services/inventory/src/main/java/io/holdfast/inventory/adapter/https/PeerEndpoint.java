package io.holdfast.inventory.adapter.https;

import io.holdfast.inventory.mirror.Exchange;
import io.holdfast.inventory.mirror.MirrorBook;
import io.holdfast.inventory.pairing.CertifiedSite;
import io.holdfast.inventory.pairing.Peer;
import io.holdfast.inventory.pairing.PeerBook;
import io.holdfast.inventory.pairing.Transactions;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import org.jboss.logging.Logger;

/** What this site answers to sites that call. Thread-safe; blocks. */
public final class PeerEndpoint {
    private static final Logger LOG = Logger.getLogger(PeerEndpoint.class);

    private final PeerBook peers;
    private final MirrorBook mirrors;
    private final Transactions transactions;
    private final String ownName;

    public PeerEndpoint(PeerBook peers, MirrorBook mirrors, Transactions transactions, String ownName) {
        this.peers = peers;
        this.mirrors = mirrors;
        this.transactions = transactions;
        this.ownName = ownName;
    }

    /** Whether somebody may ask this who is no peer yet. */
    boolean isForStrangers(String path) {
        return path.equals(PeerWire.JOIN);
    }

    /**
     * How much may follow, before any of it is read.
     *
     * @throws HoldfastException when the caller may not ask this at all
     */
    int limitBytes(String path, CertifiedSite caller) {
        return switch (path) {
            case PeerWire.JOIN, PeerWire.REVOKE -> PeerWire.SMALL_BYTES;
            case PeerWire.STATUS -> {
                transactions.run(() -> peers.standing(caller));
                yield PeerWire.STATUS_BYTES;
            }
            default -> throw new HoldfastException(CommonError.NOT_FOUND, "a site has nothing there");
        };
    }

    byte[] answer(String path, CertifiedSite caller, byte[] body) {
        return switch (path) {
            case PeerWire.JOIN -> join(caller, PeerWire.request(body, PeerWire.Join.class));
            case PeerWire.REVOKE -> revoke(caller);
            case PeerWire.STATUS -> status(caller, StatusWire.request(body));
            default -> throw new HoldfastException(CommonError.NOT_FOUND, "a site has nothing there");
        };
    }

    private byte[] join(CertifiedSite caller, PeerWire.Join join) {
        if (join.invitationId() == null
                || join.secret() == null
                || join.name() == null
                || join.name().isBlank()) {
            throw PeerWire.refused(null);
        }
        Peer admitted;
        try {
            var invitation = join.invitation();
            byte[] secret = join.secretBytes();
            admitted = transactions.call(() -> peers.admit(invitation, secret, caller, join.name()));
        } catch (IllegalArgumentException malformed) {
            throw PeerWire.refused(malformed);
        }
        LOG.infof(
                "paired direction=called site=%s name=\"%s\" invitation=%s",
                admitted.id(), admitted.name(), admitted.invitation());
        return PeerWire.write(new PeerWire.Welcome(ownName));
    }

    private byte[] status(CertifiedSite caller, Exchange told) {
        return StatusWire.write(transactions.call(() -> mirrors.answer(peers.standing(caller), told)));
    }

    private byte[] revoke(CertifiedSite caller) {
        transactions.run(() -> peers.heardRevocation(caller));
        LOG.infof("pairing revoked by=peer site=%s", caller.site());
        return PeerWire.write(new PeerWire.Welcome(ownName));
    }
}
