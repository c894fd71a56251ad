package io.holdfast.replicationagent.uplink;

import io.holdfast.kernel.id.PgId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which connection carries which group: the one that was opened from the configured list, unless a router sent the group elsewhere.
 *
 * <p>Threads: one at a time for changes; {@link #redirectOf} by any.
 */
public final class StreamOwnership {
    /** Most routers beside the first one that an agent talks to at once. */
    public static final int MAX_REDIRECTS = 64;

    private volatile Map<PgId, RouterAddress> redirects = Map.of();

    /** Where the group was sent; empty = it is the first connection's. */
    public Optional<RouterAddress> redirectOf(PgId pg) {
        return Optional.ofNullable(redirects.get(pg));
    }

    /** @return false when the bound is reached; nothing changed */
    public boolean redirect(PgId pg, RouterAddress to) {
        Map<PgId, RouterAddress> next = new HashMap<>(redirects);
        next.put(pg, to);
        if (new HashSet<>(next.values()).size() > MAX_REDIRECTS) {
            return false;
        }
        redirects = Map.copyOf(next);
        return true;
    }

    /** The router cannot be reached or does not want these groups: they are the first connection's again. */
    public Set<PgId> dropAll(RouterAddress gone) {
        Map<PgId, RouterAddress> next = new HashMap<>(redirects);
        Set<PgId> dropped = new HashSet<>();
        next.forEach((pg, to) -> {
            if (to.equals(gone)) {
                dropped.add(pg);
            }
        });
        dropped.forEach(next::remove);
        redirects = Map.copyOf(next);
        return dropped;
    }

    public void drop(PgId pg) {
        Map<PgId, RouterAddress> next = new HashMap<>(redirects);
        next.remove(pg);
        redirects = Map.copyOf(next);
    }

    public Set<RouterAddress> targets() {
        return Set.copyOf(redirects.values());
    }
}
