package io.holdfast.inventory.site;

import io.holdfast.kernel.id.SiteId;
import java.util.Objects;

/**
 * A failure domain.
 *
 * @param name a label
 * @param local whether this release of Holdfast runs there
 */
public record Site(SiteId id, String name, boolean local) {
    public Site {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
    }

    /** A site that an agent named and nobody has registered yet. */
    static Site discovered(SiteId id) {
        return new Site(id, "Site " + id.toString().substring(0, 8), false);
    }
}
