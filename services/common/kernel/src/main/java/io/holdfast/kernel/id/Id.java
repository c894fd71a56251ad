package io.holdfast.kernel.id;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.util.HexFormat;
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
        UUID parsed = text == null ? null : canonical(text);
        if (parsed == null) {
            throw new HoldfastException(
                    CommonError.INVALID_ID,
                    "'%s' is not a %s id; an id looks like 6f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e10".formatted(text, what));
        }
        return parsed;
    }

    /** Null when the text is anything else. */
    private static UUID canonical(String text) {
        if (text.length() != 36) {
            return null;
        }
        long high = 0;
        long digits = 0;
        for (int i = 0; i < 36; i++) {
            char read = text.charAt(i);
            if (i == 8 || i == 13 || i == 18 || i == 23) {
                if (read != '-') {
                    return null;
                }
            } else if (HexFormat.isHexDigit(read)) {
                digits = digits << 4 | HexFormat.fromHexDigit(read);
            } else {
                return null;
            }
            if (i == 18) {
                high = digits;
            }
        }
        return new UUID(high, digits);
    }
}
