package io.holdfast.localsite.adapter.linux;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * A part's log file, bounded: at {@code limitBytes} it becomes {@code <name>.1} (that one {@code .2}, and so on) and a
 * new one begins; the oldest is dropped. The newest lines are kept in memory for error messages.
 *
 * <p>A log that cannot be written (full disk) loses lines and never stops the part. Safe for use by several threads.
 */
public final class RotatingLog implements AutoCloseable {
    public static final long DEFAULT_LIMIT_BYTES = 8L << 20;
    public static final int KEPT_FILES = 3;
    private static final int KEPT_LINES = 25;
    private static final int LONGEST_LINE_CHARS = 8_000;

    private final Path file;
    private final long limitBytes;
    private final Deque<String> newest = new ArrayDeque<>(KEPT_LINES);
    private OutputStream out;
    private long writtenBytes;
    private long lostLines;

    /**
     * @throws HoldfastException {@code LOCAL_SITE_DIRECTORY_UNUSABLE} when the file cannot be opened
     */
    public RotatingLog(Path file, long limitBytes) {
        this.file = file;
        this.limitBytes = limitBytes;
        try {
            open();
        } catch (IOException failed) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_DIRECTORY_UNUSABLE,
                    "The log file %s cannot be opened: %s.".formatted(file, failed.getMessage()),
                    failed);
        }
    }

    private void open() throws IOException {
        Files.createDirectories(file.getParent());
        out = Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        writtenBytes = Files.size(file);
    }

    /** Writes one line; longer ones than 8,000 characters are cut and say so. */
    public synchronized void line(String text) {
        String kept = text.length() <= LONGEST_LINE_CHARS ? text : text.substring(0, LONGEST_LINE_CHARS) + " [cut]";
        if (newest.size() == KEPT_LINES) {
            newest.removeFirst();
        }
        newest.addLast(kept);
        byte[] bytes = (kept + "\n").getBytes(StandardCharsets.UTF_8);
        try {
            if (writtenBytes > 0 && writtenBytes + bytes.length > limitBytes) {
                rotate();
            }
            out.write(bytes);
            writtenBytes += bytes.length;
        } catch (IOException full) {
            lostLines++;
        }
    }

    private void rotate() throws IOException {
        out.close();
        for (int number = KEPT_FILES - 1; number >= 1; number--) {
            Path older = numbered(number - 1);
            if (Files.exists(older)) {
                Files.move(older, numbered(number), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        open();
    }

    private Path numbered(int number) {
        return number == 0 ? file : file.resolveSibling(file.getFileName() + "." + number);
    }

    /** Copies a process's output until it ends. Lines without an end are bounded by the same limit. */
    public void copyFrom(InputStream stream) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            StringBuilder line = new StringBuilder();
            int character;
            while ((character = reader.read()) != -1) {
                if (character == '\n') {
                    line(line.toString());
                    line.setLength(0);
                } else if (line.length() <= LONGEST_LINE_CHARS) {
                    line.append((char) character);
                }
            }
            if (!line.isEmpty()) {
                line(line.toString());
            }
        } catch (IOException processGone) {
            // The pipe closes when the process is killed; what came before is written.
        }
    }

    public synchronized List<String> newestLines() {
        return List.copyOf(newest);
    }

    /** Lines that could not be written to the file since the start. */
    public synchronized long lostLines() {
        return lostLines;
    }

    @Override
    public synchronized void close() {
        try {
            out.close();
        } catch (IOException failed) {
            lostLines++;
        }
    }
}
