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

    private static String clean(String text, int limit) {
        String printable = text.replaceAll("\\p{Cntrl}", "").strip();
        return printable.length() <= limit ? printable : printable.substring(0, limit);
    }
}
