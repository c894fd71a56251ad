package io.holdfast.journalstore.files;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A name as a guest's file system has it: bytes, of any kind but NUL. People and programs see it as {@link #shown()}, from which {@link #parse} gets the same bytes
 * again.
 *
 * @param latin1 one character per byte, so that two equal names are equal
 */
public record GuestText(String latin1) implements Comparable<GuestText> {
    public static GuestText of(byte[] bytes) {
        return new GuestText(new String(bytes, StandardCharsets.ISO_8859_1));
    }

    public byte[] bytes() {
        return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }

    /**
     * Reads what {@link #shown()} has written; other text means itself, in UTF-8.
     *
     * @throws HoldfastException {@code INVALID_REQUEST}: a backslash that begins neither {@code \\} nor {@code \xHH}, or half a character
     */
    public static GuestText parse(String shown) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(shown.length());
        for (int at = 0; at < shown.length(); ) {
            int character = shown.codePointAt(at);
            if (character != '\\') {
                bytes.writeBytes(utf8(Character.toString(character)));
                at += Character.charCount(character);
            } else if (shown.startsWith("\\\\", at)) {
                bytes.write('\\');
                at += 2;
            } else {
                bytes.write(escaped(shown, at));
                at += 4;
            }
        }
        return of(bytes.toByteArray());
    }

    private static byte[] utf8(String character) {
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(character));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            return bytes;
        } catch (CharacterCodingException half) {
            throw malformed("half a character", half);
        }
    }

    private static int escaped(String shown, int at) {
        try {
            if (shown.startsWith("\\x", at) && at + 4 <= shown.length() && shown.charAt(at + 2) != '+') {
                return Integer.parseUnsignedInt(shown, at + 2, at + 4, 16);
            }
        } catch (NumberFormatException noHexDigits) {
            throw malformed("a backslash that means nothing", noHexDigits);
        }
        throw malformed("a backslash that means nothing", null);
    }

    private static HoldfastException malformed(String what, Throwable cause) {
        return new HoldfastException(
                CommonError.INVALID_REQUEST,
                "path: has %s; a backslash is written \\\\, and a byte that is no character \\xHH".formatted(what),
                cause);
    }

    /**
     * UTF-8 as it is; a backslash twice; every byte that is no UTF-8, a control character or one that is not seen (such as those that turn the direction of text) as
     * {@code \xHH}. So it can be shown on a terminal, and copied from there.
     */
    public String shown() {
        byte[] bytes = bytes();
        StringBuilder text = new StringBuilder(bytes.length);
        for (int at = 0; at < bytes.length; ) {
            int length = characterAt(bytes, at);
            String character = length == 0 ? "" : new String(bytes, at, length, StandardCharsets.UTF_8);
            if (length > 0 && isSeen(character.codePointAt(0))) {
                text.append(character.equals("\\") ? "\\\\" : character);
            } else {
                for (int i = at; i < at + Math.max(1, length); i++) {
                    text.append(String.format(Locale.ROOT, "\\x%02x", bytes[i] & 0xff));
                }
            }
            at += Math.max(1, length);
        }
        return text.toString();
    }

    private static boolean isSeen(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }

    /** Length of the whole character that begins there; 0 = none does. */
    private static int characterAt(byte[] bytes, int at) {
        int first = bytes[at] & 0xff;
        int length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;
        if (length == 0 || at + length > bytes.length) {
            return 0;
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, at, length));
            return length;
        } catch (CharacterCodingException notUtf8) {
            return 0;
        }
    }

    /** By bytes, as the numbers 0 to 255. */
    @Override
    public int compareTo(GuestText other) {
        return latin1.compareTo(other.latin1);
    }

    @Override
    public String toString() {
        return shown();
    }
}
