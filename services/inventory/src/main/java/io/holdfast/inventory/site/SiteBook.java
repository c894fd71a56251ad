package io.holdfast.inventory.site;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.SiteId;

/** Which sites are known. Calls belong to the caller's transaction. */
public final class SiteBook {
    private final Sites sites;

    public SiteBook(Sites sites) {
        this.sites = sites;
    }

    /**
     * Registers a site.
     *
     * @throws HoldfastException {@code SITE_EXISTS} when the id is taken; a site that only an agent has named so far gets the
     *     name instead
     */
    public Site register(SiteId id, String name) {
        Site wanted = new Site(id, name, false);
        sites.find(id).ifPresent(known -> {
            if (!known.equals(Site.discovered(id)) && !known.equals(wanted)) {
                throw new HoldfastException(
                        SiteError.SITE_EXISTS, "site %s exists already, as '%s'".formatted(id, known.name()));
            }
        });
        sites.save(wanted);
        return wanted;
    }

    /** Says where this release runs; called at every start. */
    public void runsAt(SiteId id, String name) {
        Site here = new Site(id, name, true);
        if (!sites.find(id).equals(java.util.Optional.of(here))) {
            sites.save(here);
        }
    }

    /** An agent's certificate names this site: it exists, even if nobody has registered it. */
    public void seen(SiteId id) {
        if (sites.find(id).isEmpty()) {
            sites.save(Site.discovered(id));
        }
    }

    /** What a peer calls itself: a label that it may change. */
    public void called(SiteId id, String name) {
        Site named = new Site(id, name, false);
        if (!sites.find(id).equals(java.util.Optional.of(named))) {
            sites.save(named);
        }
    }

    /** @throws HoldfastException {@code SITE_NOT_FOUND} */
    public Site get(SiteId id) {
        return sites.find(id)
                .orElseThrow(() -> new HoldfastException(SiteError.SITE_NOT_FOUND, "there is no site " + id));
    }
}
