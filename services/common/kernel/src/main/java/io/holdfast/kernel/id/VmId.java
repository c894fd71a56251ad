package io.holdfast.kernel.id;

import java.util.Objects;
import java.util.UUID;

/** Identifies a virtual machine, kept over renames and native-id changes (F12). */
public record VmId(UUID value) implements Id {
    public VmId {
        Objects.requireNonNull(value, "value");
    }

    /** A new random id. */
    public static VmId random() {
        return new VmId(UUID.randomUUID());
    }

    /**
     * Reads the canonical text of a UUID.
     *
     * @throws io.holdfast.kernel.error.HoldfastException {@code INVALID_ID} when the text is anything else
     */
    public static VmId parse(String text) {
        return new VmId(Id.parseUuid("vm", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
