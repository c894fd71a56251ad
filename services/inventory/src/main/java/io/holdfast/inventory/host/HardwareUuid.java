package io.holdfast.inventory.host;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Reads the hardware UUID of a report, which decides whether two hosts are one (F1). */
public final class HardwareUuid {
    /** Boards whose maker did not fill the field in: many machines share these. */
    private static final Set<String> SHARED_BY_MANY = Set.of(
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "03000200-0400-0500-0006-000700080009",
            "12345678-1234-5678-90ab-cddeefaabbcc",
            "12345678-1234-1234-1234-123456789abc");

    private static final int MIN_CHARACTERS = 8;
    private static final int MAX_CHARACTERS = 128;

    private HardwareUuid() {}

    /** One spelling for one machine; empty when the text identifies no single machine. */
    public static Optional<String> parse(String text) {
        String lower = text.strip().toLowerCase(Locale.ROOT);
        boolean plausible = lower.length() >= MIN_CHARACTERS
                && lower.length() <= MAX_CHARACTERS
                && lower.chars().allMatch(c -> c > ' ' && c < 127)
                && lower.replace("-", "").chars().distinct().count() > 1;
        return plausible && !SHARED_BY_MANY.contains(lower) ? Optional.of(lower) : Optional.empty();
    }
}
