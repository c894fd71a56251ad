package io.holdfast.kernel.id;

import java.util.Objects;
import java.util.UUID;

/** Identifies a checkpoint; made by the router that cuts it or by the person who asks for it. */
public record CheckpointId(UUID value) implements Id {
    public CheckpointId {
        Objects.requireNonNull(value, "value");
    }

    /** A new random id. */
    public static CheckpointId random() {
        return new CheckpointId(UUID.randomUUID());
    }

    /**
     * Reads the canonical text of a UUID.
     *
     * @throws io.holdfast.kernel.error.HoldfastException {@code INVALID_ID} when the text is anything else
     */
    public static CheckpointId parse(String text) {
        return new CheckpointId(Id.parseUuid("checkpoint", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
