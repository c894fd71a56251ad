package io.holdfast.journalstore.adapter.guestfs.child;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The functions of libguestfs (guestfs(3)) that file views need. Texts are one character per byte. A function that fails throws {@link GuestfsFailure}. One thread.
 */
@SuppressWarnings("restricted") // This process exists to call C.
final class LibGuestfs {
    private static final long POINTER_BYTES = ValueLayout.ADDRESS.byteSize();
    /** Of the optional arguments of guestfs_add_drive_opts: their numbers are part of the library's binary interface. */
    private static final int READ_ONLY = 0;

    private static final int FORMAT = 1;
    private static final int PROTOCOL = 5;
    private static final int SERVER = 6;
    private static final int END = -1;
    /** struct guestfs_statns: 22 numbers of 64 bits. */
    private static final int STAT_NUMBERS = 22;

    private final Linker linker = Linker.nativeLinker();
    private final SymbolLookup library;
    private final Map<String, MethodHandle> functions = new HashMap<>();
    private final MethodHandle free;
    private final MemorySegment handle;

    /** The numbers of stat(2) that we show. */
    record Stat(long mode, long uid, long gid, long sizeBytes, long modifiedSeconds, long modifiedNanos) {}

    /**
     * Loads the library; it takes its settings from the variables of its environment.
     *
     * @throws IllegalArgumentException when it is not installed
     */
    LibGuestfs() {
        library = SymbolLookup.libraryLookup("libguestfs.so.0", Arena.global());
        free = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("free"), FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
        handle = (MemorySegment) call(ValueLayout.ADDRESS, "guestfs_create");
        if (handle.address() == 0) {
            throw new IllegalStateException("guestfs_create gave nothing");
        }
        // Without a handler it would write to standard error.
        call(null, "guestfs_set_error_handler", handle, MemorySegment.NULL, MemorySegment.NULL);
    }

    private static MemoryLayout layoutOf(Object argument) {
        return switch (argument) {
            case Integer _ -> ValueLayout.JAVA_INT;
            case Long _ -> ValueLayout.JAVA_LONG;
            case MemorySegment _ -> ValueLayout.ADDRESS;
            default -> throw new IllegalArgumentException("argument " + argument);
        };
    }

    /** @param result null = none */
    private Object call(MemoryLayout result, String name, Object... arguments) {
        MethodHandle function = functions.computeIfAbsent(name, _ -> {
            MemoryLayout[] layouts = new MemoryLayout[arguments.length];
            for (int i = 0; i < arguments.length; i++) {
                layouts[i] = layoutOf(arguments[i]);
            }
            FunctionDescriptor descriptor =
                    result == null ? FunctionDescriptor.ofVoid(layouts) : FunctionDescriptor.of(result, layouts);
            // The only function here that takes as many arguments as are given: behind the handle and the name.
            Linker.Option[] options = name.equals("guestfs_add_drive_opts")
                    ? new Linker.Option[] {Linker.Option.firstVariadicArg(2)}
                    : new Linker.Option[0];
            return linker.downcallHandle(library.findOrThrow(name), descriptor, options);
        });
        return invoke(function, arguments);
    }

    private static Object invoke(MethodHandle function, Object... arguments) {
        try {
            return function.invokeWithArguments(arguments);
        } catch (RuntimeException | Error unforeseen) {
            throw unforeseen;
        } catch (Throwable impossible) {
            throw new IllegalStateException("a C function cannot throw", impossible);
        }
    }

    private void requireZero(String name, Object... arguments) {
        if ((int) call(ValueLayout.JAVA_INT, name, arguments) != 0) {
            throw failure();
        }
    }

    private MemorySegment pointer(String name, Object... arguments) {
        MemorySegment result = (MemorySegment) call(ValueLayout.ADDRESS, name, arguments);
        if (result.address() == 0) {
            throw failure();
        }
        return result;
    }

    private GuestfsFailure failure() {
        int errno = (int) call(ValueLayout.JAVA_INT, "guestfs_last_errno", handle);
        MemorySegment text = (MemorySegment) call(ValueLayout.ADDRESS, "guestfs_last_error", handle);
        return new GuestfsFailure(errno, text.address() == 0 ? "no reason is known" : string(text));
    }

    private static MemorySegment text(Arena arena, String latin1) {
        byte[] bytes = latin1.getBytes(StandardCharsets.ISO_8859_1);
        MemorySegment copy = arena.allocate(bytes.length + 1L);
        MemorySegment.copy(bytes, 0, copy, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return copy;
    }

    private static String string(MemorySegment pointer) {
        return pointer.reinterpret(Long.MAX_VALUE).getString(0, StandardCharsets.ISO_8859_1);
    }

    private void free(MemorySegment memory) {
        invoke(free, memory);
    }

    /** A list that ends with NULL; it and its texts are freed. */
    private List<String> strings(MemorySegment array) {
        MemorySegment all = array.reinterpret(Long.MAX_VALUE);
        List<String> found = new ArrayList<>();
        for (long at = 0; ; at += POINTER_BYTES) {
            MemorySegment one = all.get(ValueLayout.ADDRESS, at);
            if (one.address() == 0) {
                break;
            }
            found.add(string(one));
            free(one);
        }
        free(array);
        return found;
    }

    private String freed(MemorySegment text) {
        String value = string(text);
        free(text);
        return value;
    }

    /** Adds a disk, read-only, that an NBD server on a Unix-domain socket serves; {@code /dev/sda} is the first one added. */
    void addNbdDisk(String socket, String export) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment servers = arena.allocate(ValueLayout.ADDRESS, 2);
            servers.setAtIndex(ValueLayout.ADDRESS, 0, text(arena, "unix:" + socket));
            requireZero(
                    "guestfs_add_drive_opts",
                    handle,
                    text(arena, export),
                    READ_ONLY,
                    1,
                    FORMAT,
                    text(arena, "raw"),
                    PROTOCOL,
                    text(arena, "nbd"),
                    SERVER,
                    servers,
                    END);
        }
    }

    void launch() {
        requireZero("guestfs_set_network", handle, 0);
        requireZero("guestfs_set_autosync", handle, 0);
        requireZero("guestfs_launch", handle);
    }

    /** Ends the appliance and removes the library's own files. Nothing may be called behind it. */
    void close() {
        call(null, "guestfs_close", handle);
    }

    /** Whether the appliance runs and listens. */
    boolean isReady() {
        return (int) call(ValueLayout.JAVA_INT, "guestfs_is_ready", handle) == 1;
    }

    /** Name and type in turn. */
    List<String> fileSystems() {
        return strings(pointer("guestfs_list_filesystems", handle));
    }

    String label(String device) {
        try (Arena arena = Arena.ofConfined()) {
            return freed(pointer("guestfs_vfs_label", handle, text(arena, device)));
        }
    }

    /** The block device of a file system, which may be a part of it as with btrfs. */
    String blockDevice(String device) {
        try (Arena arena = Arena.ofConfined()) {
            return freed(pointer("guestfs_mountable_device", handle, text(arena, device)));
        }
    }

    long sizeBytes(String blockDevice) {
        try (Arena arena = Arena.ofConfined()) {
            long size =
                    (long) call(ValueLayout.JAVA_LONG, "guestfs_blockdev_getsize64", handle, text(arena, blockDevice));
            if (size < 0) {
                throw failure();
            }
            return size;
        }
    }

    /** Puts one file system at the root, in place of the one before. */
    void mount(String options, String device) {
        requireZero("guestfs_umount_all", handle);
        try (Arena arena = Arena.ofConfined()) {
            requireZero("guestfs_mount_options", handle, text(arena, options), text(arena, device), text(arena, "/"));
        }
    }

    /** Writes the names in a folder into a file, a NUL behind each. */
    void names(String folder, String file) {
        try (Arena arena = Arena.ofConfined()) {
            requireZero("guestfs_ls0", handle, text(arena, folder), text(arena, file));
        }
    }

    /** @param follow links */
    Stat stat(String path, boolean follow) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment found = pointer(follow ? "guestfs_statns" : "guestfs_lstatns", handle, text(arena, path));
            MemorySegment numbers = found.reinterpret(STAT_NUMBERS * Long.BYTES);
            Stat stat = new Stat(
                    numbers.getAtIndex(ValueLayout.JAVA_LONG, 2),
                    numbers.getAtIndex(ValueLayout.JAVA_LONG, 4),
                    numbers.getAtIndex(ValueLayout.JAVA_LONG, 5),
                    numbers.getAtIndex(ValueLayout.JAVA_LONG, 7),
                    numbers.getAtIndex(ValueLayout.JAVA_LONG, 12),
                    numbers.getAtIndex(ValueLayout.JAVA_LONG, 13));
            free(found);
            return stat;
        }
    }

    String linkTarget(String path) {
        try (Arena arena = Arena.ofConfined()) {
            return freed(pointer("guestfs_readlink", handle, text(arena, path)));
        }
    }

    /** Fewer bytes than asked, or none, at the end of the file. */
    byte[] read(String path, long offset, int count) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(ValueLayout.JAVA_LONG);
            MemorySegment content = pointer("guestfs_pread", handle, text(arena, path), count, offset, size);
            byte[] bytes =
                    content.reinterpret(size.get(ValueLayout.JAVA_LONG, 0)).toArray(ValueLayout.JAVA_BYTE);
            free(content);
            return bytes;
        }
    }
}
