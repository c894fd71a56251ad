package io.holdfast.replicationagent.adapter.machine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What a guest printed, the newest {@value #KEPT} bytes, also in a file. What a guest prints is not trusted: bytes are taken as Latin-1, control characters other
 * than line ends and tabs become dots.
 *
 * <p>Threads: one appends, any read.
 */
public final class ConsoleLog {
    /** Bytes. */
    public static final int KEPT = 64 << 10;

    private final Path file;
    private volatile String text;
    private long written;

    public ConsoleLog(Path file) {
        this.file = file;
        this.text = read(file);
        this.written = text.length();
    }

    /** What the file of a machine holds; empty when there is none. */
    public static String read(Path file) {
        try {
            String all = Files.readString(file, StandardCharsets.ISO_8859_1);
            return all.substring(Math.max(0, all.length() - KEPT));
        } catch (IOException absent) {
            return "";
        }
    }

    public void append(byte[] printed) throws IOException {
        StringBuilder more = new StringBuilder(printed.length);
        for (byte b : printed) {
            char c = (char) (b & 0xff);
            if (c == '\n' || c == '\t' || c >= 0x20 && c < 0x7f || c >= 0xa0) {
                more.append(c);
            } else if (c != '\r') {
                more.append('.');
            }
        }
        String all = text + more;
        text = all.substring(Math.max(0, all.length() - KEPT));
        if (written + more.length() > 2L * KEPT) {
            Files.writeString(file, text, StandardCharsets.ISO_8859_1);
            written = text.length();
        } else {
            Files.writeString(
                    file, more, StandardCharsets.ISO_8859_1, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            written += more.length();
        }
    }

    public String text() {
        return text;
    }
}
