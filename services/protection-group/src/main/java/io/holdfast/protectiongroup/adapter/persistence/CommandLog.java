package io.holdfast.protectiongroup.adapter.persistence;

import io.holdfast.kernel.id.PgId;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;

/** Who asked for what, and when; written in the transaction of the change itself. */
@ApplicationScoped
public class CommandLog implements PanacheRepositoryBase<GroupCommandRow, Long> {
    /** @param number grows with every command of this service */
    public record Entry(long number, Instant at, String by, String command, String detail) {}

    /** @param detail what was asked for, in a few words */
    public void record(PgId group, Instant at, String by, String command, String detail) {
        GroupCommandRow row = new GroupCommandRow();
        row.pgId = group.value();
        row.at = at;
        row.byWhom = by;
        row.command = command;
        row.detail = detail;
        persist(row);
    }

    /** Newest first. @param before number of the last row of the page before; {@link Long#MAX_VALUE} = from the newest */
    public List<Entry> page(PgId group, long before, int limit) {
        return find("pgId = ?1 and id < ?2 order by id desc", group.value(), before).page(0, limit).list().stream()
                .map(row -> new Entry(row.id, row.at, row.byWhom, row.command, row.detail))
                .toList();
    }
}
