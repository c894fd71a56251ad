package io.holdfast.journalstore.adapter.image;

import io.holdfast.journalstore.adapter.files.SafeFile;
import io.holdfast.journalstore.adapter.rocksdb.PointReader;
import io.holdfast.journalstore.image.ImageFormat;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes a volume as of a point into a file of its own. The file appears when it is whole and durable, and not before. */
public final class ImageWriter {
    /** Told how far a file is, at least every second or so. */
    public interface Watch {
        Watch NONE = _ -> {};

        /**
         * @param doneBytes of the volume's size
         * @throws IOException to give up
         */
        void at(long doneBytes) throws IOException;
    }

    /** The program on the path that writes formats other than raw. */
    public static final String QEMU_IMG = "qemu-img";

    private ImageWriter() {}

    /**
     * Blocks until the file is there. Called on a platform thread that outlives the call: a child process dies with the thread that started it.
     *
     * <p>The watch is asked once more after the last byte was read and before the file appears: a watch that knows the point to be gone by then keeps a wrong
     * image from ever showing.
     *
     * @param qemuImg the program, by name or path; not used for raw
     * @return length of the file
     * @throws HoldfastException {@code TARGET_EXISTS}, nothing is overwritten; {@code CONVERTER_MISSING}, {@code CONVERTER_FAILED}; why the point cannot be
     *     read; what the watch throws. No file is left then
     * @throws IOException when reading or writing failed, or the watch gave up; no file is left then
     */
    public static long write(PointReader reader, ImageFormat format, Path file, String qemuImg, Watch watch)
            throws IOException {
        if (Files.exists(file)) {
            throw new HoldfastException(
                    JournalError.TARGET_EXISTS,
                    "%s exists; nothing is overwritten, choose another name".formatted(file));
        }
        Path partial = partialOf(file);
        Files.deleteIfExists(partial);
        try {
            if (format == ImageFormat.RAW) {
                RawImage.write(reader, partial, watch);
            } else {
                new QemuImg(qemuImg).convert(reader, format, partial, watch);
                try (FileChannel written = FileChannel.open(partial, StandardOpenOption.WRITE)) {
                    written.force(true);
                }
            }
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
            SafeFile.forceFolder(file.toAbsolutePath().getParent());
            return Files.size(file);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    /** Where a file is written until it is whole. */
    public static Path partialOf(Path file) {
        return file.resolveSibling(file.getFileName() + ".partial");
    }
}
