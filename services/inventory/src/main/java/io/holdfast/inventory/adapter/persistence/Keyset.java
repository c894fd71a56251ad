package io.holdfast.inventory.adapter.persistence;

import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What the stores have in common: lists in the order of id, and saving a state over what is there. */
final class Keyset {
    private Keyset() {}

    /** @param condition HQL with positional parameters from {@code ?1} on; empty = all */
    static <E> List<E> page(
            PanacheRepositoryBase<E, UUID> store,
            String condition,
            List<Object> parameters,
            Optional<UUID> after,
            int limit) {
        var all = new ArrayList<>(parameters);
        var conditions = new ArrayList<String>();
        if (!condition.isEmpty()) {
            conditions.add(condition);
        }
        after.ifPresent(id -> {
            all.add(id);
            conditions.add("id > ?" + all.size());
        });
        String where = String.join(" and ", conditions);
        return store.find(where + " order by id", all.toArray()).page(0, limit).list();
    }

    /** Copies the state into the row with this id, or into a new row. */
    static <E> void findOrPersist(PanacheRepositoryBase<E, UUID> store, UUID id, Supplier<E> empty, Consumer<E> take) {
        E known = store.findById(id);
        if (known != null) {
            take.accept(known);
            return;
        }
        E fresh = empty.get();
        take.accept(fresh);
        store.persist(fresh);
    }
}
