package io.holdfast.journalstore.adapter.guestfs.child;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** What both sides of the pipe between the store and the process with libguestfs know. Numbers are big-endian; a text is its length (4 bytes) and its bytes. */
public final class Wire {
    /** Requests: one byte, then what is said there. */
    public static final int LAUNCH = 1;

    /** Text: device. Text: folder. Byte: 1 and text: the name before, or 0. Int: limit. */
    public static final int LIST = 2;

    /** Text: device. Text: path. */
    public static final int LOOK = 3;

    /** Text: device. Text: path. Long: offset. Int: count. */
    public static final int READ = 4;

    /** Replies: one byte, then for {@link #OK} what the request asks for; for all others an int, errno or 0, and a text for people. */
    public static final int OK = 0;

    /** The operation failed; the next may work. */
    public static final int FAILED = 1;

    /** The file system cannot be mounted. */
    public static final int NOT_MOUNTED = 2;

    /** libguestfs is not there. */
    public static final int MISSING = 3;

    /** The appliance ended, or did not start: no request will work again. */
    public static final int LOST = 4;

    /** The folder has too many names. */
    public static final int TOO_LARGE = 5;

    /** Nothing of either side is longer. */
    public static final int MOST_TEXT_BYTES = 8 << 20;

    private Wire() {}

    public static void write(DataOutputStream out, byte[] text) throws IOException {
        out.writeInt(text.length);
        out.write(text);
    }

    /** Of ASCII, or one character per byte. */
    public static void write(DataOutputStream out, String latin1) throws IOException {
        write(out, latin1.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** @throws IOException also when the other side says a length that cannot be */
    public static byte[] readBytes(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > MOST_TEXT_BYTES) {
            throw new IOException("a text of %d bytes".formatted(length));
        }
        return in.readNBytes(length);
    }

    public static String read(DataInputStream in) throws IOException {
        return new String(readBytes(in), StandardCharsets.ISO_8859_1);
    }
}
