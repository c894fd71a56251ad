package io.holdfast.localsite.adapter.linux;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** One local site per directory. The kernel lets go of the lock when the process ends, whatever it died of. */
public final class DirectoryLock implements AutoCloseable {
    private final FileChannel channel;
    private final FileLock lock;

    private DirectoryLock(FileChannel channel, FileLock lock) {
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Creates the directory when it is missing and takes its lock.
     *
     * @return empty when somebody else, in this process or in another, holds it
     * @throws HoldfastException {@code LOCAL_SITE_DIRECTORY_UNUSABLE} when it cannot be created or written
     */
    public static Optional<DirectoryLock> tryTake(Path file) {
        try {
            Files.createDirectories(file.getParent());
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            FileLock lock = null;
            try {
                lock = channel.tryLock();
            } catch (OverlappingFileLockException inThisProcess) {
                // The same answer as for another process.
            } finally {
                if (lock == null) {
                    channel.close();
                }
            }
            return lock == null ? Optional.empty() : Optional.of(new DirectoryLock(channel, lock));
        } catch (IOException failed) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_DIRECTORY_UNUSABLE,
                    "The directory %s cannot be created or written: %s (%s)."
                            .formatted(
                                    file.getParent(),
                                    failed.getMessage(),
                                    failed.getClass().getSimpleName()),
                    failed);
        }
    }

    @Override
    public void close() {
        try (channel) {
            lock.release();
        } catch (IOException alreadyGone) {
            // The lock ends with the channel in any case.
        }
    }
}
