package io.holdfast.kernel.id;

import java.util.Objects;
import java.util.UUID;

/** Identifies a recovery session: writable views of all volumes of a group at one point. */
public record SessionId(UUID value) implements Id {
    public SessionId {
        Objects.requireNonNull(value, "value");
    }

    /** A new random id. */
    public static SessionId random() {
        return new SessionId(UUID.randomUUID());
    }

    /**
     * Reads the canonical text of a UUID.
     *
     * @throws io.holdfast.kernel.error.HoldfastException {@code INVALID_ID} when the text is anything else
     */
    public static SessionId parse(String text) {
        return new SessionId(Id.parseUuid("recovery session", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
