package io.holdfast.localsite.identity;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Writes files that only their owner may read (mode 0600), whole or not at all. */
public final class PrivateFiles {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private PrivateFiles() {}

    /** Creates a directory that only its owner may enter; an existing one is tightened. */
    public static void directory(Path directory) {
        try {
            Files.createDirectories(directory);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        } catch (IOException failed) {
            throw unusable(directory, failed);
        }
    }

    /** Replaces the file: readers see the old content or the new one, and after a crash one of the two is there. */
    public static void write(Path file, String content) {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.deleteIfExists(fresh);
            Files.createFile(fresh, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException failed) {
            throw unusable(file, failed);
        }
    }

    /** Reads a small file without the white space around it. */
    public static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException | UncheckedIOException failed) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_FILE_UNREADABLE,
                    "%s cannot be read: %s.".formatted(file, failed.getMessage()),
                    failed);
        }
    }

    static HoldfastException unusable(Path path, IOException cause) {
        return new HoldfastException(
                LocalSiteError.LOCAL_SITE_DIRECTORY_UNUSABLE,
                "%s cannot be written: %s (%s)."
                        .formatted(path, cause.getMessage(), cause.getClass().getSimpleName()),
                cause);
    }
}
