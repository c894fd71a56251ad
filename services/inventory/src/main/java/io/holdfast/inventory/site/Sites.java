package io.holdfast.inventory.site;

import io.holdfast.kernel.id.SiteId;
import java.util.List;
import java.util.Optional;

/** Where sites are kept. All calls belong to the caller's transaction. */
public interface Sites {
    Optional<Site> find(SiteId id);

    /** In the order of id, behind {@code after}, at most {@code limit}. */
    List<Site> list(Optional<SiteId> after, int limit);

    void save(Site site);
}
