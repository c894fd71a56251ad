package io.holdfast.recoveryplan.dns;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Names as they are written here: in small letters, without a dot at the end. */
public final class DomainName {
    private static final int MAX_LENGTH = 253;

    /** Letters, digits, hyphens inside, and the underscore of service names. */
    private static final Pattern NAME =
            Pattern.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)+");

    private DomainName() {}

    /** Empty if the text is no name of at least two labels. */
    public static Optional<String> canonical(String text) {
        String name = text == null ? "" : withoutDot(text.toLowerCase(Locale.ROOT));
        return name.length() <= MAX_LENGTH && NAME.matcher(name).matches() ? Optional.of(name) : Optional.empty();
    }

    /** Whether a canonical name is that of the zone, or lies below it. */
    public static boolean isIn(String name, String zone) {
        return name.equals(zone) || name.endsWith("." + zone);
    }

    private static String withoutDot(String text) {
        return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    }
}
