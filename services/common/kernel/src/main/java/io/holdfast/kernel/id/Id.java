package io.holdfast.kernel.id;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.util.UUID;

/**
 * What every id is: a UUID with a type of its own, so that two ids cannot be swapped.
 *
 * <p>Ids are opaque. Nothing is derived from their bits, and names are labels beside them.
 */
public sealed interface Id
        permits SiteId, HostId, AgentId, VmId, VolumeId, PgId, CheckpointId, SessionId, PlanId, RunId, CommandId {

    UUID value();

    /**
     * Reads the canonical text form, 36 characters. {@link UUID#fromString} alone also takes shortened groups
     * ({@code 1-1-1-1-1}), which would give one thing two spellings.
     *
     * @param what the word for the error message, such as {@code volume}
     */
    static UUID parseUuid(String what, String text) {
        if (text != null && text.length() == 36) {
            try {
                UUID parsed = UUID.fromString(text);
                if (parsed.toString().equalsIgnoreCase(text)) {
                    return parsed;
                }
            } catch (IllegalArgumentException malformed) {
                // Falls through to the one error below, which says more than the JDK's.
            }
        }
        throw new HoldfastException(
                CommonError.INVALID_ID,
                "'%s' is not a %s id; an id looks like 6f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e10".formatted(text, what));
    }
}
