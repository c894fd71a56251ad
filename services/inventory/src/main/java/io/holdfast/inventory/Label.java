package io.holdfast.inventory;

/** Text that came from outside and is shown to people: never an identity, never trusted to be short or printable. */
public final class Label {
    public static final int MAX_CHARACTERS = 200;
    /** Paths and reasons are longer than names. */
    public static final int MAX_LONG_CHARACTERS = 4096;

    private Label() {}

    /** The text without control characters, cut to {@value #MAX_CHARACTERS}. */
    public static String of(String text) {
        return clean(text, MAX_CHARACTERS);
    }

    /** The text without control characters, cut to {@value #MAX_LONG_CHARACTERS}. */
    public static String ofLong(String text) {
        return clean(text, MAX_LONG_CHARACTERS);
    }

    /** As {@link #of}, cut to another bound. */
    public static String of(String text, int maxCharacters) {
        return clean(text, maxCharacters);
    }

    private static String clean(String text, int limit) {
        String printable = text.replaceAll("\\p{Cntrl}", "").strip();
        if (printable.length() <= limit) {
            return printable;
        }
        // Half of a character is none.
        return printable.substring(0, Character.isHighSurrogate(printable.charAt(limit - 1)) ? limit - 1 : limit);
    }
}
