package io.holdfast.journalstore.files;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.util.Arrays;
import java.util.List;

/**
 * A place in a guest's file system, from its root.
 *
 * @param text begins with a slash and has no empty part, {@code .} or {@code ..}
 */
public record GuestPath(GuestText text) {
    /** What Linux takes, without the NUL behind it. */
    public static final int MOST_BYTES = 4095;

    public static final GuestPath ROOT = new GuestPath(new GuestText("/"));

    /**
     * Reads a path as a user gives it; doubled slashes and one at the end do not count.
     *
     * @param shown as {@link GuestText#parse} reads it
     * @throws HoldfastException {@code INVALID_REQUEST}
     */
    public static GuestPath parse(String shown) {
        String latin1 = GuestText.parse(shown).latin1();
        if (!latin1.startsWith("/") || latin1.indexOf(0) >= 0 || latin1.length() > MOST_BYTES) {
            throw malformed("must begin with a slash, have no NUL, and at most %d bytes".formatted(MOST_BYTES));
        }
        List<String> parts =
                Arrays.stream(latin1.split("/")).filter(part -> !part.isEmpty()).toList();
        if (parts.contains(".") || parts.contains("..")) {
            throw malformed("must have no part that is . or ..");
        }
        return new GuestPath(new GuestText("/" + String.join("/", parts)));
    }

    private static HoldfastException malformed(String why) {
        return new HoldfastException(CommonError.INVALID_REQUEST, "path: " + why);
    }

    public GuestPath child(GuestText name) {
        return new GuestPath(new GuestText(text.latin1() + (text.latin1().equals("/") ? "" : "/") + name.latin1()));
    }

    /** The last part; empty for the root. */
    public GuestText name() {
        return new GuestText(text.latin1().substring(text.latin1().lastIndexOf('/') + 1));
    }

    @Override
    public String toString() {
        return text.shown();
    }
}
