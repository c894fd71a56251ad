package io.holdfast.inventory.mirror;

import io.holdfast.kernel.id.PgId;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Optional;

/**
 * A protection group as its site tells others.
 *
 * @param lifecycle as protection-group names it; a label here
 * @param newestCheckpoint when it was cut, by the site's clock; empty = there is none, or it is not known now
 */
public record GroupStatus(PgId id, String name, String lifecycle, Health health, Optional<Instant> newestCheckpoint) {
    public GroupStatus {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(lifecycle, "lifecycle");
        Objects.requireNonNull(health, "health");
        // As exact as it travels and is stored: both sides have to count the same digest.
        newestCheckpoint = newestCheckpoint.map(cut -> cut.truncatedTo(ChronoUnit.MICROS));
    }
}
