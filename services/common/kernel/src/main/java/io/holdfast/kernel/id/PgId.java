package io.holdfast.kernel.id;

import java.util.Objects;
import java.util.UUID;

/** Identifies a protection group. */
public record PgId(UUID value) implements Id {
    public PgId {
        Objects.requireNonNull(value, "value");
    }

    /** A new random id. */
    public static PgId random() {
        return new PgId(UUID.randomUUID());
    }

    /**
     * Reads the canonical text of a UUID.
     *
     * @throws io.holdfast.kernel.error.HoldfastException {@code INVALID_ID} when the text is anything else
     */
    public static PgId parse(String text) {
        return new PgId(Id.parseUuid("protection group", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
