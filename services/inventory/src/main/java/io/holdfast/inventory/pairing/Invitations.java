package io.holdfast.inventory.pairing;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Where invitations are kept. All calls belong to the caller's transaction. */
public interface Invitations {
    /** Nobody else gets it until the transaction has ended. */
    Optional<Invitation> lock(UUID id);

    /** In the order of id, behind {@code after}, at most {@code limit}. */
    List<Invitation> list(Optional<UUID> after, int limit);

    /** Those that can still be joined with. */
    long countOpen(Instant now);

    void save(Invitation invitation);

    /** Forgets those whose life was over before then. */
    void forget(Instant expiredBefore);
}
