package io.holdfast.replicationrouter.lease;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A snapshot of who writes which partition of topic {@code changes}.
 *
 * @param own partitions that this router holds the lease of
 * @param others address (host:port) of the owner of every other partition, as far as known
 */
public record Ownership(Set<Integer> own, Map<Integer, String> others) {
    public static final Ownership NONE = new Ownership(Set.of(), Map.of());

    public Ownership {
        own = Set.copyOf(own);
        others = Map.copyOf(others);
    }

    public boolean isOwn(int partition) {
        return own.contains(partition);
    }

    /** Where else the partition is written; empty when it is written here or nobody is known to. */
    public Optional<String> elsewhere(int partition) {
        return isOwn(partition) ? Optional.empty() : Optional.ofNullable(others.get(partition));
    }

    /** Partitions that were owned in {@code before} and are not any more. */
    public Set<Integer> lostSince(Ownership before) {
        return before.own().stream()
                .filter(partition -> !own.contains(partition))
                .collect(java.util.stream.Collectors.toUnmodifiableSet());
    }
}
