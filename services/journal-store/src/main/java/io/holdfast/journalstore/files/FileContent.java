package io.holdfast.journalstore.files;

import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;
import java.io.OutputStream;

/** The bytes of one file; given out portion by portion, so that its size does not matter. */
public final class FileContent {
    private final LiveView view;
    private final GuestFileSystem fileSystem;
    private final GuestPath path;
    private final GuestEntry entry;

    FileContent(LiveView view, GuestFileSystem fileSystem, GuestPath path, GuestEntry entry) {
        this.view = view;
        this.fileSystem = fileSystem;
        this.path = path;
        this.entry = entry;
    }

    public GuestFileSystem fileSystem() {
        return fileSystem;
    }

    public GuestPath path() {
        return path;
    }

    public GuestEntry entry() {
        return entry;
    }

    /**
     * Writes a part of the file.
     *
     * @param from first byte
     * @param length that the file has from there on
     * @throws HoldfastException what the appliance says; {@code FILE_SYSTEM_UNREADABLE} when the file ends before its size
     */
    public void copyTo(OutputStream out, long from, long length) throws IOException {
        long at = from;
        while (at < from + length) {
            long place = at;
            int wanted = (int) Math.min(Appliance.MOST_READ_BYTES, from + length - at);
            byte[] bytes = view.use(appliance -> appliance.read(fileSystem, path, place, wanted));
            if (bytes.length == 0) {
                throw new HoldfastException(
                        JournalError.FILE_SYSTEM_UNREADABLE,
                        "%s ends at byte %d, before its size of %d".formatted(path, at, entry.sizeBytes()));
            }
            out.write(bytes);
            at += bytes.length;
            view.read(bytes.length);
        }
    }
}
