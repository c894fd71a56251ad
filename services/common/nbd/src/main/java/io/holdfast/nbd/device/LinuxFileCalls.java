package io.holdfast.nbd.device;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The four Linux calls about sparse files that the JDK does not offer: {@code open}, {@code close}, {@code lseek} and {@code fallocate}, through the
 * foreign function interface. Results are as the manual pages say, except that a failure is the negative error number.
 *
 * <p>Threads: any. {@link #load} answers null where these calls do not exist or native access is denied; callers then do without.
 */
final class LinuxFileCalls {
    static final int SEEK_DATA = 3;
    static final int SEEK_HOLE = 4;
    static final int KEEP_SIZE = 1;
    static final int PUNCH_HOLE = 2;
    static final int ZERO_RANGE = 16;

    static final int ENXIO = 6;
    static final int EINVAL = 22;
    static final int ENOSPC = 28;
    static final int ENOSYS = 38;
    static final int EOPNOTSUPP = 95;

    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x80000;

    private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CAPTURE.varHandle(PathElement.groupElement("errno"));

    private final MethodHandle open;
    private final MethodHandle close;
    private final MethodHandle lseek;
    private final MethodHandle fallocate;

    private LinuxFileCalls(Linker linker) {
        ValueLayout.OfInt i = ValueLayout.JAVA_INT;
        ValueLayout.OfLong l = ValueLayout.JAVA_LONG;
        AddressLayout a = ValueLayout.ADDRESS;
        // open is variadic: the third argument is only read when a file is created.
        open = bind(linker, "open", FunctionDescriptor.of(i, a, i), Linker.Option.firstVariadicArg(2));
        close = bind(linker, "close", FunctionDescriptor.of(i, i));
        lseek = bind(linker, "lseek", FunctionDescriptor.of(l, i, l, i));
        fallocate = bind(linker, "fallocate", FunctionDescriptor.of(i, i, i, l, l));
    }

    @SuppressWarnings("restricted") // The one place of this module that calls native code; see load().
    private static MethodHandle bind(Linker linker, String name, FunctionDescriptor type, Linker.Option... more) {
        Linker.Option[] options = java.util.Arrays.copyOf(more, more.length + 1);
        options[more.length] = Linker.Option.captureCallState("errno");
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type, options);
    }

    /** The calls, or null if this system does not have them (not 64-bit Linux, or native access denied). */
    static LinuxFileCalls load() {
        // The constants and the 64-bit offsets are those of 64-bit Linux.
        if (!System.getProperty("os.name").equals("Linux") || ValueLayout.ADDRESS.byteSize() != Long.BYTES) {
            return null;
        }
        try {
            return new LinuxFileCalls(Linker.nativeLinker());
        } catch (RuntimeException | LinkageError e) {
            System.getLogger(LinuxFileCalls.class.getName())
                    .log(System.Logger.Level.WARNING, "no sparse file calls: holes are neither seen nor made", e);
            return null;
        }
    }

    /** A new descriptor on an existing file, or the negative error. */
    int open(String path, boolean writable) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment capture = arena.allocate(CAPTURE);
            int fd = (int) open.invokeExact(capture, arena.allocateFrom(path), (writable ? O_RDWR : 0) | O_CLOEXEC);
            return fd >= 0 ? fd : -errno(capture);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    void close(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            int ignored = (int) close.invokeExact(arena.allocate(CAPTURE), fd);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** The next position in the given direction, or the negative error ({@link #ENXIO}: none). */
    long lseek(int fd, long offset, int whence) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment capture = arena.allocate(CAPTURE);
            long found = (long) lseek.invokeExact(capture, fd, offset, whence);
            return found >= 0 ? found : -errno(capture);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** 0, or the negative error. */
    int fallocate(int fd, int mode, long offset, long length) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment capture = arena.allocate(CAPTURE);
            int result = (int) fallocate.invokeExact(capture, fd, mode, offset, length);
            return result == 0 ? 0 : -errno(capture);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static int errno(MemorySegment capture) {
        return (int) ERRNO.get(capture, 0L);
    }
}
