package io.holdfast.recoveryplan.preflight;

import io.holdfast.kernel.id.PgId;
import java.util.Collection;
import java.util.Map;

/** What this service has learnt about protection groups from their events. Thread-safe. */
public interface ProtectedGroups {
    /** The known ones among these. */
    Map<PgId, ProtectedGroup> find(Collection<PgId> ids);

    /** Takes the newest word; an event with an older revision than the known one changes nothing. Part of the caller's transaction. */
    void learn(ProtectedGroup group);

    /** Forgets a group whose record was deleted from the topic. Part of the caller's transaction. */
    void forget(PgId id);
}
