package io.holdfast.inventory.mirror;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * One direction of a call between two sites (docs/pairing.md, "Mirrored status").
 *
 * @param run the sender's process
 * @param call number of this call in that process
 * @param at the sender's clock
 * @param groups empty = the receiver has them, by their digest
 * @param vms the same
 * @param known what the sender holds of the receiver
 */
public record Exchange(
        UUID run,
        long call,
        Instant at,
        StatusPosition position,
        SiteStatus.Summary summary,
        Optional<List<GroupStatus>> groups,
        Optional<List<VmStatus>> vms,
        Optional<StatusPosition> known) {
    public Exchange {
        Objects.requireNonNull(run, "run");
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(position, "position");
        Objects.requireNonNull(summary, "summary");
        groups = groups.map(List::copyOf);
        vms = vms.map(List::copyOf);
        Objects.requireNonNull(known, "known");
    }
}
