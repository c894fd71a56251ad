package io.holdfast.nbd.device;

import io.holdfast.nbd.Extent;
import io.holdfast.nbd.NbdError;
import io.holdfast.nbd.NbdException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Holes of one open file or block device: sees them and makes them where the system can. On a system that cannot, nothing is a hole
 * and no method changes anything; callers fall back to writing zeroes.
 *
 * <p>Threads: any number. It has a descriptor of its own, whose position nobody relies on.
 */
final class SparseFile implements AutoCloseable {
    private static final LinuxFileCalls CALLS = LinuxFileCalls.load();

    private final int fd;
    // Keeps close() from freeing the descriptor's number while a call uses it: the number may be reused at once.
    private final ReentrantReadWriteLock inUse = new ReentrantReadWriteLock();
    private boolean closed;
    private volatile boolean punchUnsupported;
    private volatile boolean zeroRangeUnsupported;

    SparseFile(Path path, boolean writable) {
        fd = CALLS == null ? -1 : CALLS.open(path.toAbsolutePath().toString(), writable);
    }

    private boolean available() {
        return fd >= 0 && !closed;
    }

    /** Deallocates the range so that it reads as zeroes. False: not possible here, nothing changed. */
    boolean punchHole(long offset, long length) throws NbdException {
        if (punchUnsupported) {
            return false;
        }
        int result = allocate(LinuxFileCalls.PUNCH_HOLE | LinuxFileCalls.KEEP_SIZE, offset, length);
        punchUnsupported = result == -LinuxFileCalls.EOPNOTSUPP || result == -LinuxFileCalls.ENOSYS;
        return judge("punching a hole", result, offset, length);
    }

    /** Makes the range read as zeroes and keeps it allocated. False: not possible here, nothing changed. */
    boolean zeroRange(long offset, long length) throws NbdException {
        if (zeroRangeUnsupported) {
            return false;
        }
        int result = allocate(LinuxFileCalls.ZERO_RANGE | LinuxFileCalls.KEEP_SIZE, offset, length);
        zeroRangeUnsupported = result == -LinuxFileCalls.EOPNOTSUPP || result == -LinuxFileCalls.ENOSYS;
        return judge("zeroing a range", result, offset, length);
    }

    private int allocate(int mode, long offset, long length) {
        inUse.readLock().lock();
        try {
            return available() ? CALLS.fallocate(fd, mode, offset, length) : -LinuxFileCalls.ENOSYS;
        } finally {
            inUse.readLock().unlock();
        }
    }

    private static boolean judge(String what, int result, long offset, long length) throws NbdException {
        return switch (-result) {
            case 0 -> true;
            // EINVAL: a block device wants its own alignment.
            case LinuxFileCalls.EOPNOTSUPP, LinuxFileCalls.ENOSYS, LinuxFileCalls.EINVAL -> false;
            case LinuxFileCalls.ENOSPC ->
                throw new NbdException(NbdError.ENOSPC, what + ": no space, offset " + offset + ", length " + length);
            default ->
                throw new NbdException(
                        NbdError.EIO,
                        what + " failed with error " + -result + ", offset " + offset + ", length " + length);
        };
    }

    /** As {@code BlockDevice.extents}. Space that is allocated and was never written counts as a hole, as the system says. */
    List<Extent> extents(long offset, long length, int limit) {
        inUse.readLock().lock();
        try {
            List<Extent> found = new ArrayList<>();
            long end = offset + length;
            long at = offset;
            while (at < end && found.size() < limit && available()) {
                long data = CALLS.lseek(fd, at, LinuxFileCalls.SEEK_DATA);
                Extent.Kind kind;
                long until;
                if (data == -LinuxFileCalls.ENXIO) {
                    kind = Extent.Kind.HOLE;
                    until = end;
                } else if (data > at) {
                    kind = Extent.Kind.HOLE;
                    until = data;
                } else if (data == at) {
                    kind = Extent.Kind.DATA;
                    until = CALLS.lseek(fd, at, LinuxFileCalls.SEEK_HOLE);
                } else {
                    break;
                }
                if (until <= at) {
                    break;
                }
                found.add(new Extent(at, Math.min(until, end) - at, kind));
                at = until;
            }
            return found.isEmpty() ? List.of(new Extent(offset, length, Extent.Kind.DATA)) : List.copyOf(found);
        } finally {
            inUse.readLock().unlock();
        }
    }

    @Override
    public void close() {
        inUse.writeLock().lock();
        try {
            if (available()) {
                CALLS.close(fd);
            }
            closed = true;
        } finally {
            inUse.writeLock().unlock();
        }
    }
}
