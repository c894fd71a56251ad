package io.holdfast.journalstore.adapter.rocksdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Whether a file system takes writes that go past the page cache. A journal is written once and read rarely: copying it into the page cache was
 * half of the CPU time of a flush, and took memory from everything else on the machine.
 */
final class DirectWrites {
    private static final int ALIGNMENT = 4096;

    private DirectWrites() {}

    /** Tries it with a small file in the folder, which is created if need be; false where anything about it fails. */
    static boolean arePossible(Path folder) {
        Path probe = folder.resolve("direct-write.probe");
        try {
            Files.createDirectories(folder);
            try (FileChannel file =
                    FileChannel.open(probe, StandardOpenOption.CREATE, StandardOpenOption.WRITE, directOption())) {
                ByteBuffer block = ByteBuffer.allocateDirect(2 * ALIGNMENT).alignedSlice(ALIGNMENT);
                return file.write(block.limit(ALIGNMENT), 0) == ALIGNMENT;
            } finally {
                Files.deleteIfExists(probe);
            }
        } catch (IOException | UnsupportedOperationException | ReflectiveOperationException notHere) {
            return false;
        }
    }

    /** By name: the compiler refuses the JDK's own option as "internal", although it is the documented way to O_DIRECT. */
    private static OpenOption directOption() throws ReflectiveOperationException {
        return (OpenOption) Class.forName("com.sun.nio.file.ExtendedOpenOption")
                .getField("DIRECT")
                .get(null);
    }
}
