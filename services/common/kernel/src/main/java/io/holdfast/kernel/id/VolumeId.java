package io.holdfast.kernel.id;

import java.util.Objects;
import java.util.UUID;

/** Identifies one disk of one virtual machine. */
public record VolumeId(UUID value) implements Id {
    public VolumeId {
        Objects.requireNonNull(value, "value");
    }

    /** A new random id. */
    public static VolumeId random() {
        return new VolumeId(UUID.randomUUID());
    }

    /**
     * Reads the canonical text of a UUID.
     *
     * @throws io.holdfast.kernel.error.HoldfastException {@code INVALID_ID} when the text is anything else
     */
    public static VolumeId parse(String text) {
        return new VolumeId(Id.parseUuid("volume", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
