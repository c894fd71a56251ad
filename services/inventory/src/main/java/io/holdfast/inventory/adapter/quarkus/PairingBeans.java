package io.holdfast.inventory.adapter.quarkus;

import io.holdfast.inventory.adapter.https.PeerClient;
import io.holdfast.inventory.adapter.https.PeerEndpoint;
import io.holdfast.inventory.adapter.https.SiteFiles;
import io.holdfast.inventory.adapter.rest.OwnSite;
import io.holdfast.inventory.mirror.MirrorBook;
import io.holdfast.inventory.pairing.InvitationBook;
import io.holdfast.inventory.pairing.Invitations;
import io.holdfast.inventory.pairing.Joining;
import io.holdfast.inventory.pairing.PairingError;
import io.holdfast.inventory.pairing.PeerAddress;
import io.holdfast.inventory.pairing.PeerBook;
import io.holdfast.inventory.pairing.PeerLink;
import io.holdfast.inventory.pairing.Peers;
import io.holdfast.inventory.pairing.RevocationNotice;
import io.holdfast.inventory.pairing.Transactions;
import io.holdfast.inventory.site.SiteBook;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.SiteId;
import io.quarkus.narayana.jta.QuarkusTransaction;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Supplier;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Joins pairing with its adapters. */
@Singleton
public class PairingBeans {
    /** The files of the link, when this site has any. */
    public record LinkFiles(Optional<SiteFiles> files) {
        SiteFiles required() {
            return files.orElseThrow(
                    () -> new HoldfastException(
                            PairingError.PAIRING_OFF,
                            "this site has no certificate for other sites: holdfast.pairing.certificate, key and authority are not set"));
        }
    }

    @Produces
    @Singleton
    SiteId here(@ConfigProperty(name = "holdfast.site.id") String siteId) {
        return SiteId.parse(siteId);
    }

    @Produces
    @Singleton
    LinkFiles linkFiles(PairingSettings settings, SiteId here) {
        if (settings.certificate().isEmpty()
                && settings.key().isEmpty()
                && settings.authority().isEmpty()) {
            return new LinkFiles(Optional.empty());
        }
        return new LinkFiles(Optional.of(new SiteFiles(
                given("certificate", settings.certificate()),
                given("key", settings.key()),
                given("authority", settings.authority()),
                here)));
    }

    private static Path given(String name, Optional<Path> file) {
        return file.orElseThrow(() -> new HoldfastException(
                CommonError.INVALID_CONFIGURATION,
                "holdfast.pairing.%s is missing; certificate, key and authority are given together".formatted(name)));
    }

    @Produces
    @Singleton
    Transactions transactions() {
        return new Transactions() {
            @Override
            public <T> T call(Supplier<T> work) {
                return QuarkusTransaction.requiringNew().call(work::get);
            }
        };
    }

    @Produces
    @Singleton
    InvitationBook invitations(Invitations invitations, Clock clock) {
        return new InvitationBook(invitations, clock);
    }

    @Produces
    @Singleton
    PeerBook peers(Peers peers, InvitationBook invitations, SiteBook sites, SiteId here, Clock clock) {
        return new PeerBook(peers, invitations, sites, here, clock);
    }

    @Produces
    @Singleton
    PeerEndpoint endpoint(PeerBook peers, MirrorBook mirrors, Transactions transactions, InventorySettings settings) {
        return new PeerEndpoint(peers, mirrors, transactions, settings.siteName());
    }

    @Produces
    @Singleton
    PeerClient link(LinkFiles files, PairingSettings settings) {
        return new PeerClient(files::required, settings.callLimit());
    }

    @Produces
    @Singleton
    Joining joining(PeerBook peers, PeerLink link, Transactions transactions, InventorySettings settings) {
        return new Joining(peers, link, transactions, settings.siteName());
    }

    @Produces
    @Singleton
    RevocationNotice notice(Peers peers, PeerBook book, PeerLink link, Transactions transactions, Clock clock) {
        return new RevocationNotice(peers, book, link, transactions, clock);
    }

    @Produces
    @Singleton
    OwnSite ownSite(LinkFiles files, PairingSettings settings) {
        return new OwnSite(() -> files.required().load().self(), address(settings));
    }

    private static Optional<PeerAddress> address(PairingSettings settings) {
        try {
            return settings.advertisedAddress().map(PeerAddress::parse);
        } catch (HoldfastException malformed) {
            throw new HoldfastException(
                    CommonError.INVALID_CONFIGURATION,
                    "holdfast.pairing.advertised-address: " + malformed.getMessage(),
                    malformed);
        }
    }
}
