package io.holdfast.kernel.id;

import java.util.Objects;
import java.util.UUID;

/** Identifies a replication agent; also the identity in its certificate. */
public record AgentId(UUID value) implements Id {
    public AgentId {
        Objects.requireNonNull(value, "value");
    }

    /** A new random id. */
    public static AgentId random() {
        return new AgentId(UUID.randomUUID());
    }

    /**
     * Reads the canonical text of a UUID.
     *
     * @throws io.holdfast.kernel.error.HoldfastException {@code INVALID_ID} when the text is anything else
     */
    public static AgentId parse(String text) {
        return new AgentId(Id.parseUuid("agent", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
