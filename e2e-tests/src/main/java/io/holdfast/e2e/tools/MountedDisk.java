package io.holdfast.e2e.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/**
 * The file system on an NBD export, mounted by the kernel: nbdfuse shows the export as a file, a loop device makes it a disk.
 *
 * <p>This is the guest of the demo and of the stories: ext4 itself decides what is written when. Needs root, FUSE and loop devices.
 */
public final class MountedDisk implements AutoCloseable {
    private static final Duration TOOL_LIMIT = Duration.ofSeconds(60);

    private final Path folder;
    private final Process nbdfuse;
    private final String loop;
    private final Path files;

    private MountedDisk(Path folder, Process nbdfuse, String loop, Path files) {
        this.folder = folder;
        this.nbdfuse = nbdfuse;
        this.loop = loop;
        this.files = files;
    }

    /**
     * Mounts.
     *
     * @param work an empty folder for mount points
     * @throws IllegalStateException when a tool fails; nothing stays mounted
     */
    public static MountedDisk mount(String nbdUri, Path work) {
        Path folder = create(work.resolve("disk"));
        Path file = folder.resolve("nbd");
        Path files = create(work.resolve("files"));
        Process nbdfuse = startNbdfuse(file, nbdUri, work);
        String loop = null;
        try {
            awaitFile(file, nbdfuse, work);
            loop = Command.run(TOOL_LIMIT, "losetup", "--find", "--show", file.toString());
            Command.run(TOOL_LIMIT, "mount", "-t", "ext4", loop, files.toString());
            return new MountedDisk(folder, nbdfuse, loop, files);
        } catch (RuntimeException failed) {
            if (loop != null) {
                Command.tryRun(TOOL_LIMIT, "losetup", "--detach", loop);
            }
            Command.tryRun(TOOL_LIMIT, "fusermount3", "-u", folder.toString());
            nbdfuse.destroy();
            throw failed;
        }
    }

    private static Process startNbdfuse(Path file, String nbdUri, Path work) {
        try {
            return new ProcessBuilder("nbdfuse", file.toString(), nbdUri)
                    .redirectErrorStream(true)
                    .redirectOutput(work.resolve("nbdfuse.log").toFile())
                    .start();
        } catch (IOException missing) {
            throw new IllegalStateException("cannot run nbdfuse; 'make deps' installs it", missing);
        }
    }

    private static void awaitFile(Path file, Process nbdfuse, Path work) {
        Instant deadline = Instant.now().plusSeconds(20);
        while (!Files.exists(file)) {
            if (!nbdfuse.isAlive() || Instant.now().isAfter(deadline)) {
                throw new IllegalStateException("nbdfuse did not show the disk: " + read(work.resolve("nbdfuse.log")));
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(Duration.ofMillis(50));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while nbdfuse started", interrupted);
        }
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException unreadable) {
            return "no log: " + unreadable.getMessage();
        }
    }

    private static Path create(Path folder) {
        try {
            return Files.createDirectories(folder);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** The root of the mounted file system. */
    public Path files() {
        return files;
    }

    /** Makes everything written so far durable on the disk, as a database would at each commit. */
    public void sync() {
        Command.run(TOOL_LIMIT, "sync", "--file-system", files.toString());
    }

    /** Unmounts; what was written is flushed to the export first. */
    @Override
    public void close() {
        Command.tryRun(TOOL_LIMIT, "umount", files.toString());
        Command.tryRun(TOOL_LIMIT, "losetup", "--detach", loop);
        Command.tryRun(TOOL_LIMIT, "fusermount3", "-u", folder.toString());
        nbdfuse.destroy();
    }
}
