package io.holdfast.kernel.id;

import java.util.Objects;
import java.util.UUID;

/** Identifies a recovery plan. */
public record PlanId(UUID value) implements Id {
    public PlanId {
        Objects.requireNonNull(value, "value");
    }

    /** A new random id. */
    public static PlanId random() {
        return new PlanId(UUID.randomUUID());
    }

    /**
     * Reads the canonical text of a UUID.
     *
     * @throws io.holdfast.kernel.error.HoldfastException {@code INVALID_ID} when the text is anything else
     */
    public static PlanId parse(String text) {
        return new PlanId(Id.parseUuid("plan", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
