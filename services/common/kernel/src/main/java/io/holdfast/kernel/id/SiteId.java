package io.holdfast.kernel.id;

import java.util.Objects;
import java.util.UUID;

/** Identifies a site: a failure domain with its own Holdfast release or its own agents. */
public record SiteId(UUID value) implements Id {
    public SiteId {
        Objects.requireNonNull(value, "value");
    }

    /** A new random id. */
    public static SiteId random() {
        return new SiteId(UUID.randomUUID());
    }

    /**
     * Reads the canonical text of a UUID.
     *
     * @throws io.holdfast.kernel.error.HoldfastException {@code INVALID_ID} when the text is anything else
     */
    public static SiteId parse(String text) {
        return new SiteId(Id.parseUuid("site", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
