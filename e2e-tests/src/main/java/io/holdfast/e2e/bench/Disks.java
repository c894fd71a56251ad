package io.holdfast.e2e.bench;

import io.holdfast.e2e.tools.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.SplittableRandom;

/** Raw disks full of random bytes: nothing in them compresses, is a hole, or reads as zero. */
final class Disks {
    private static final int CHUNK_BYTES = 1 << 20;
    private static final Duration OTHERS_LIMIT = Duration.ofSeconds(30);

    private Disks() {}

    /**
     * Writes a disk and forces it.
     *
     * <p>Every block is really written: the first write into a hole or a preallocated extent costs the file system extra, and that would
     * hit whoever comes first.
     */
    static Path make(Path file, int mebibytes, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] chunk = new byte[CHUNK_BYTES];
        try (FileChannel out = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            for (int i = 0; i < mebibytes; i++) {
                random.nextBytes(chunk);
                ByteBuffer bytes = ByteBuffer.wrap(chunk);
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
            }
            out.force(true);
            return file;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /**
     * Writes dirty pages back. Called before each measured run: otherwise the kernel writes back what the run before left, and the next one
     * pays for it. The disks that are measured always; the rest of the machine for as long as {@link #OTHERS_LIMIT}, because a machine on
     * which others write may never be done with it.
     */
    static void settle(Path... measured) {
        for (Path disk : measured) {
            try (FileChannel file = FileChannel.open(disk, StandardOpenOption.WRITE)) {
                file.force(false);
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }
        try {
            Command.run(OTHERS_LIMIT, "sync");
        } catch (IllegalStateException othersWrite) {
            System.out.println(
                    "       the machine's other dirty pages were not written back: " + othersWrite.getMessage());
        }
    }
}
