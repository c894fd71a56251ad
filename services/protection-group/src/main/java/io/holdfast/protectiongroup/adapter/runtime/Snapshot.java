package io.holdfast.protectiongroup.adapter.runtime;

import io.holdfast.kernel.id.PgId;
import io.holdfast.protectiongroup.adapter.persistence.StoredGroup;
import io.holdfast.protectiongroup.dataplane.DataPlane;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the last evaluation saw, for readers that must not ask the database: a scrape of metrics. Bounded by the number of
 * groups. Thread-safe; the map is replaced, never changed.
 */
@ApplicationScoped
public class Snapshot {
    /** A group and the data plane's words of the same moment. */
    public record Entry(StoredGroup stored, DataPlane dataPlane) {}

    private volatile Map<PgId, Entry> entries = Map.of();

    public Collection<Entry> all() {
        return List.copyOf(entries.values());
    }

    public Optional<Entry> of(PgId id) {
        return Optional.ofNullable(entries.get(id));
    }

    synchronized void replace(Collection<Entry> seen) {
        Map<PgId, Entry> next = new HashMap<>();
        seen.forEach(entry -> next.put(entry.stored().group().id(), entry));
        entries = Map.copyOf(next);
    }

    synchronized void update(Entry entry) {
        Map<PgId, Entry> next = new HashMap<>(entries);
        next.put(entry.stored().group().id(), entry);
        entries = Map.copyOf(next);
    }
}
