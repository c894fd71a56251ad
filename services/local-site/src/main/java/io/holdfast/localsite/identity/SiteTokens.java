package io.holdfast.localsite.identity;

import io.holdfast.localsite.part.Part;
import io.holdfast.localsite.plan.SiteDirectory;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;

/** The token files of a running site; written anew long before they expire. */
public final class SiteTokens {
    public static final Duration LIFETIME = Duration.ofHours(24);
    /** Half the life: a refresh that fails once still leaves half a day for the next one. */
    public static final Duration REFRESH_INTERVAL = LIFETIME.dividedBy(2);

    private final SiteDirectory directory;
    private final TokenIssuer issuer;
    private final Collection<Part> services;

    public SiteTokens(SiteDirectory directory, TokenIssuer issuer, Collection<Part> services) {
        this.directory = directory;
        this.issuer = issuer;
        this.services = services;
    }

    /**
     * The role that a service needs at the other services; empty when it calls none. The recovery plan opens,
     * closes and commits sessions of the journal-store and pauses protection groups; the router reads hashes there.
     */
    public static Optional<Role> roleOf(Part service) {
        return switch (service) {
            case RECOVERY_PLAN -> Optional.of(Role.RECOVERY);
            case REPLICATION_ROUTER -> Optional.of(Role.VIEWER);
            case INVENTORY, PROTECTION_GROUP, JOURNAL_STORE, REPLICATION_AGENT, KAFKA, POSTGRES -> Optional.empty();
        };
    }

    /** Writes every token file. */
    public void refresh() {
        PrivateFiles.directory(directory.tokens());
        PrivateFiles.write(directory.adminToken(), issuer.issue("local-admin", Role.ADMIN, LIFETIME) + "\n");
        for (Part service : services) {
            roleOf(service)
                    .ifPresent(role -> PrivateFiles.write(
                            directory.serviceToken(service),
                            issuer.issue("service:" + service.text(), role, LIFETIME) + "\n"));
        }
    }
}
