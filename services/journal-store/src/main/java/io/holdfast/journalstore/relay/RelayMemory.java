package io.holdfast.journalstore.relay;

import io.holdfast.kernel.id.PgId;
import java.util.Optional;

/** Keeps what outlives a session, per group at the target. */
public interface RelayMemory {
    /** Empty = nothing, or nothing that can be believed. */
    Optional<Remembered> load(PgId group);

    /**
     * Durable when it returns.
     *
     * @throws io.holdfast.kernel.error.HoldfastException {@code STORAGE_FULL} or {@code STORAGE_UNUSABLE}
     */
    void save(PgId group, Remembered remembered);
}
