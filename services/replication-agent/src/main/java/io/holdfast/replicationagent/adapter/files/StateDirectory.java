package io.holdfast.replicationagent.adapter.files;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * The agent's own directory, held by one agent at a time.
 *
 * <pre>
 *  lock                      held by the running agent
 *  identity                  agent id, host id
 *  attachments               machines to serve
 *  frozen                    machines whose guests may be frozen
 *  streams/&lt;pg id&gt;           last epoch
 *  volumes/&lt;volume id&gt;.sync   whether the replica is whole
 *  volumes/&lt;volume id&gt;.intent write-intent map
 * </pre>
 *
 * <p>Threads: any; two writers of one file must not run at the same time.
 */
public final class StateDirectory implements AutoCloseable {
    private final Path root;
    private final FileChannel lockChannel;

    private StateDirectory(Path root, FileChannel lockChannel) {
        this.root = root;
        this.lockChannel = lockChannel;
    }

    /**
     * Creates what is missing, proves that it can be written, and locks it.
     *
     * @throws HoldfastException {@code STATE_DIRECTORY_UNUSABLE} or {@code STATE_DIRECTORY_IN_USE}
     */
    public static StateDirectory open(Path root) {
        try {
            Files.createDirectories(root.resolve("streams"));
            Files.createDirectories(root.resolve("volumes"));
            FileChannel channel =
                    FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (!lock(channel)) {
                channel.close();
                throw new HoldfastException(
                        AgentError.STATE_DIRECTORY_IN_USE,
                        "the state directory %s is in use by another agent; give each agent a directory of its own"
                                .formatted(root));
            }
            StateDirectory directory = new StateDirectory(root, channel);
            directory.replace(root.resolve("lock.probe"), new byte[] {1});
            Files.delete(root.resolve("lock.probe"));
            return directory;
        } catch (IOException | UncheckedIOException unusable) {
            throw new HoldfastException(
                    AgentError.STATE_DIRECTORY_UNUSABLE,
                    "the state directory %s cannot be created or written (%s); set holdfast.agent.state-directory to a writable one"
                            .formatted(root, unusable),
                    unusable);
        }
    }

    private static boolean lock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException sameProcess) {
            return false;
        }
    }

    Path file(String name) {
        return root.resolve(name);
    }

    /** The file's bytes; empty when there is no such file. */
    Optional<byte[]> read(Path file) {
        try {
            return Optional.of(Files.readAllBytes(file));
        } catch (NoSuchFileException missing) {
            return Optional.empty();
        } catch (IOException unreadable) {
            throw unusable(file, unreadable);
        }
    }

    /** Replaces the file as a whole: temporary name, force, rename, force of the directory. Durable when it returns. */
    void replace(Path file, byte[] contents) {
        Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(contents);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            forceDirectory(file.getParent());
        } catch (IOException failed) {
            throw unusable(file, failed);
        }
    }

    /** Makes renames and deletions in a directory durable. */
    static void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    static HoldfastException unusable(Path file, IOException cause) {
        String text = String.valueOf(cause.getMessage());
        return new HoldfastException(
                text.contains("No space left") ? CommonError.STORAGE_FULL : AgentError.STATE_DIRECTORY_UNUSABLE,
                "the state file %s cannot be read or replaced: %s".formatted(file, cause),
                cause);
    }

    @Override
    public void close() throws IOException {
        lockChannel.close();
    }
}
