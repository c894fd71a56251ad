package io.holdfast.inventory.mirror;

import java.util.Objects;
import java.util.UUID;

/**
 * Which status of a site: what two sites compare to know what the other has.
 *
 * @param incarnation of the site's database
 * @param sequence of the status, in that incarnation; grows with every change
 */
public record StatusPosition(UUID incarnation, long sequence, StatusDigest digest) {
    public StatusPosition {
        Objects.requireNonNull(incarnation, "incarnation");
        Objects.requireNonNull(digest, "digest");
        if (sequence < 0) {
            throw new IllegalArgumentException("a sequence is not negative");
        }
    }
}
