package io.holdfast.kernel.id;

import java.util.Objects;
import java.util.UUID;

/** Identifies a hypervisor host, kept when the host leaves and returns under another native id (F1). */
public record HostId(UUID value) implements Id {
    public HostId {
        Objects.requireNonNull(value, "value");
    }

    /** A new random id. */
    public static HostId random() {
        return new HostId(UUID.randomUUID());
    }

    /**
     * Reads the canonical text of a UUID.
     *
     * @throws io.holdfast.kernel.error.HoldfastException {@code INVALID_ID} when the text is anything else
     */
    public static HostId parse(String text) {
        return new HostId(Id.parseUuid("host", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
