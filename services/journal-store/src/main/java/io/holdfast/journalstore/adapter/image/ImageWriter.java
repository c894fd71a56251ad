package io.holdfast.journalstore.adapter.image;

import io.holdfast.journalstore.adapter.rocksdb.PointReader;
import io.holdfast.journalstore.image.ImageFormat;
import io.holdfast.kernel.error.CommonError;
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

    private ImageWriter() {}

    /**
     * Blocks until the file is there. Called on a platform thread that outlives the call: a child process dies with the thread that started it.
     *
     * @return length of the file
     * @throws HoldfastException {@code INVALID_REQUEST} when the file exists; nothing is overwritten
     * @throws IOException when reading or writing failed, or the watch gave up; no file is left then
     */
    public static long write(PointReader reader, ImageFormat format, Path file, Watch watch) throws IOException {
        if (Files.exists(file)) {
            throw new HoldfastException(
                    CommonError.INVALID_REQUEST,
                    "%s exists; nothing is overwritten, choose another name".formatted(file));
        }
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        Files.deleteIfExists(partial);
        try {
            if (format == ImageFormat.RAW) {
                RawImage.write(reader, partial, watch);
            } else {
                QemuImg.convert(reader, format, partial, watch);
                try (FileChannel written = FileChannel.open(partial, StandardOpenOption.WRITE)) {
                    written.force(true);
                }
            }
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
            return Files.size(file);
        } finally {
            Files.deleteIfExists(partial);
        }
    }
}
