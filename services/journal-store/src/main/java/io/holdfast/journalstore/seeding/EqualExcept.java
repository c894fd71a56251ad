package io.holdfast.journalstore.seeding;

import io.holdfast.journalstore.differences.Regions;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * What the giver of a seed knows of it: outside the ranges it is what the machine's disk held when the capture began (docs/known-differences.md).
 *
 * @param captureId of the agent's tap, 1 to 64 of {@code A-Z a-z 0-9 -}
 * @param ranges where it may be another
 */
public record EqualExcept(String captureId, Regions ranges) {
    private static final Pattern CAPTURE_ID = Pattern.compile("[A-Za-z0-9-]{1,64}");

    /** @throws IllegalArgumentException with a sentence for a person */
    public EqualExcept {
        Objects.requireNonNull(ranges, "ranges");
        if (!isCaptureId(captureId)) {
            throw new IllegalArgumentException("must have 1 to 64 of A-Z, a-z, 0-9 and '-'");
        }
    }

    public static boolean isCaptureId(String text) {
        return text != null && CAPTURE_ID.matcher(text).matches();
    }
}
