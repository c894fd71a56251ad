package io.holdfast.replicationagent.adapter.files;

import io.holdfast.kernel.Block;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.device.FileBlockDevice;
import io.holdfast.nbd.device.ForwardingBlockDevice;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.capture.RegionSet;
import io.holdfast.replicationagent.hosting.BackingFormat;
import io.holdfast.replicationagent.hosting.Backings;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Raw files, block devices and images below the configured roots. A raw backing is held by a file lock, which keeps another agent off it.
 *
 * <p>The lock is the kernel's per-process kind: it is lost when this process closes <em>any</em> descriptor of the file. So a backing that is open is
 * recognised by its path before it would be opened again.
 *
 * <p>Threads: one at a time, apart from closing.
 */
public final class FileBackings implements Backings {
    private final List<Path> roots;
    private final ImageOpener images;
    private final Set<Path> open = new HashSet<>();

    /**
     * @param roots folders, with symbolic links resolved
     * @param images opens what is not raw
     */
    public FileBackings(List<Path> roots, ImageOpener images) {
        this.roots = List.copyOf(roots);
        this.images = images;
    }

    @Override
    public BlockDevice open(String backing, BackingFormat format) {
        Path path = resolve(backing);
        synchronized (open) {
            if (!open.add(path)) {
                throw new HoldfastException(
                        AgentError.IN_USE_ELSEWHERE, "%s is attached to this agent already".formatted(path));
            }
        }
        boolean opened = false;
        try {
            BlockDevice device = format == BackingFormat.RAW ? openLocked(path) : openImage(path, format);
            opened = true;
            return device;
        } finally {
            if (!opened) {
                release(path);
            }
        }
    }

    private void release(Path path) {
        synchronized (open) {
            open.remove(path);
        }
    }

    private Path resolve(String backing) {
        Path real;
        try {
            real = Path.of(backing).toRealPath();
        } catch (IOException | InvalidPathException missing) {
            throw new HoldfastException(
                    AgentError.BACKING_MISSING, "there is no file or block device '%s'".formatted(backing), missing);
        }
        if (!isBelowRoot(real)) {
            throw new HoldfastException(
                    AgentError.BACKING_OUTSIDE_ROOTS,
                    "'%s' is not below a folder that holdfast.agent.disk-roots allows: %s".formatted(real, roots));
        }
        // A directory, a pipe or a socket is no disk; block devices are "other" to the JDK, as pipes are, so they are
        // told by being below /dev.
        boolean file = Files.isRegularFile(real, LinkOption.NOFOLLOW_LINKS);
        boolean device = real.startsWith("/dev") && !Files.isDirectory(real);
        if (!file && !device) {
            throw new HoldfastException(
                    AgentError.BACKING_MISSING, "'%s' is neither a file nor a block device".formatted(real));
        }
        return real;
    }

    /** Kept for us by QEMU's own lock; one of ours on the same file would keep QEMU out. */
    private BlockDevice openImage(Path path, BackingFormat format) {
        BlockDevice device = images.open(path, format, this::isBelowRoot);
        boolean fits = false;
        try {
            requireSize(path, device.size());
            fits = true;
            return new Guarded(device, () -> {}, path);
        } finally {
            if (!fits) {
                closeQuietly(device::close);
            }
        }
    }

    private boolean isBelowRoot(Path real) {
        return roots.stream().anyMatch(root -> real.startsWith(root) && !real.equals(root));
    }

    private BlockDevice openLocked(Path path) {
        FileChannel guard = null;
        boolean done = false;
        try {
            guard = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
            requireSize(path, guard.size());
            if (!tryLock(guard)) {
                throw new HoldfastException(
                        AgentError.IN_USE_ELSEWHERE, "%s is locked by another process".formatted(path));
            }
            BlockDevice device = new Guarded(FileBlockDevice.open(path), guard, path);
            done = true;
            return device;
        } catch (IOException unusable) {
            throw new HoldfastException(
                    AgentError.BACKING_UNUSABLE,
                    "%s cannot be opened for reading and writing: %s".formatted(path, unusable),
                    unusable);
        } finally {
            if (!done && guard != null) {
                closeQuietly(guard);
            }
        }
    }

    private static boolean tryLock(FileChannel guard) throws IOException {
        try {
            return guard.tryLock() != null;
        } catch (OverlappingFileLockException sameProcess) {
            return false;
        }
    }

    private static void requireSize(Path path, long size) {
        if (size == 0 || size % Block.SIZE_BYTES != 0) {
            throw new HoldfastException(
                    AgentError.SIZE_NOT_ALIGNED,
                    "%s has %d bytes; a disk has a multiple of %d, at least one"
                            .formatted(path, size, Block.SIZE_BYTES));
        }
        if (size > RegionSet.MAX_VOLUME_BYTES) {
            throw new HoldfastException(
                    AgentError.VOLUME_TOO_LARGE,
                    "%s has %d bytes; at most %d are supported".formatted(path, size, RegionSet.MAX_VOLUME_BYTES));
        }
    }

    private static void closeQuietly(Closeable channel) {
        try {
            channel.close();
        } catch (IOException ignored) {
            // Nothing was written through it, and the failure that led here is the one to report.
        }
    }

    /** Gives the lock free with the device. */
    private final class Guarded extends ForwardingBlockDevice {
        private final Closeable guard;
        private final Path path;

        Guarded(BlockDevice device, Closeable guard, Path path) {
            super(device);
            this.guard = guard;
            this.path = path;
        }

        @Override
        public void close() throws IOException {
            try {
                super.close();
            } finally {
                guard.close();
                release(path);
            }
        }
    }
}
