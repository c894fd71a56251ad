package io.holdfast.inventory.mirror;

import io.holdfast.kernel.id.SiteId;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** Where mirrors, and how far this site's own status has come, are kept. All calls belong to the caller's transaction. */
public interface Mirrors {
    Optional<Mirror> find(SiteId site);

    /** As {@link #find}; nobody else gets it until the transaction has ended. */
    Optional<Mirror> lock(SiteId site);

    void save(Mirror mirror);

    /** Empty = this database has never told anything. */
    Optional<OwnStatus> own();

    /** As {@link #own}; nobody else gets it until the transaction has ended, also while there is none. */
    Optional<OwnStatus> lockOwn();

    void save(OwnStatus own);

    /**
     * Takes the right to call a site, or keeps it: of several processes one calls.
     *
     * @return whether the holder has it now
     */
    boolean lease(SiteId site, UUID holder, Instant now, Instant until);
}
