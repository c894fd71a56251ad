package io.holdfast.kernel.id;

import java.util.Objects;
import java.util.UUID;

/** Identifies one command to an agent or a journal; repeating a command under the same id has no further effect. */
public record CommandId(UUID value) implements Id {
    public CommandId {
        Objects.requireNonNull(value, "value");
    }

    /** A new random id. */
    public static CommandId random() {
        return new CommandId(UUID.randomUUID());
    }

    /**
     * Reads the canonical text of a UUID.
     *
     * @throws io.holdfast.kernel.error.HoldfastException {@code INVALID_ID} when the text is anything else
     */
    public static CommandId parse(String text) {
        return new CommandId(Id.parseUuid("command", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
