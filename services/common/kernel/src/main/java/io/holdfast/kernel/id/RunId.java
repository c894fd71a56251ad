package io.holdfast.kernel.id;

import java.util.Objects;
import java.util.UUID;

/** Identifies one execution of a recovery plan. */
public record RunId(UUID value) implements Id {
    public RunId {
        Objects.requireNonNull(value, "value");
    }

    /** A new random id. */
    public static RunId random() {
        return new RunId(UUID.randomUUID());
    }

    /**
     * Reads the canonical text of a UUID.
     *
     * @throws io.holdfast.kernel.error.HoldfastException {@code INVALID_ID} when the text is anything else
     */
    public static RunId parse(String text) {
        return new RunId(Id.parseUuid("run", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
