package io.holdfast.journalstore.adapter.guestfs.child;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The process of one file view: takes requests ({@link Wire}) from standard input, one after the other, and answers on standard output. It ends when its input ends, within
 * seconds and with everything that it started, so it does not outlive the store.
 *
 * <p>Arguments: a folder of its own, the socket that serves the disks, and how many there are; their exports are {@code 0}, {@code 1} and so on.
 */
public final class GuestfsChild {
    /** A hostile guest could have its devices opened, its programs run. */
    private static final String MOUNT = "ro,nodev,nosuid,noexec";
    /** Names of one folder, each with its NUL. */
    private static final long MOST_NAME_BYTES = 32 << 20;

    private static final byte[] END = {};
    private static final long GRACE_MS = 3_000;
    private static final int MOST_MESSAGE = 500;
    private static final long LINK = 0xa000;
    private static final long TYPE_BITS = 0xf000;

    private final Path folder;
    private final String socket;
    private final int disks;
    private LibGuestfs guestfs;
    private String mounted = "";

    private GuestfsChild(Path folder, String socket, int disks) {
        this.folder = folder;
        this.socket = socket;
        this.disks = disks;
    }

    public static void main(String[] arguments) throws Exception {
        // Nothing but replies may get to the store.
        DataOutputStream replies = new DataOutputStream(new FileOutputStream(FileDescriptor.out));
        System.setOut(System.err);
        GuestfsChild child = new GuestfsChild(Path.of(arguments[0]), arguments[1], Integer.parseInt(arguments[2]));
        BlockingQueue<byte[]> requests = new LinkedBlockingQueue<>(1);
        Thread.ofPlatform().daemon().name("requests").start(() -> follow(requests));
        for (byte[] request = requests.take(); request.length > 0; request = requests.take()) {
            byte[] reply = child.answer(request);
            replies.writeInt(reply.length);
            replies.write(reply);
            replies.flush();
        }
        if (child.guestfs != null) {
            child.guestfs.close();
        }
        System.exit(0);
    }

    private static void follow(BlockingQueue<byte[]> requests) {
        try (DataInputStream in = new DataInputStream(new FileInputStream(FileDescriptor.in))) {
            while (true) {
                byte[] request = Wire.readBytes(in);
                requests.put(request);
            }
        } catch (IOException | InterruptedException storeIsGone) {
            end(requests);
        }
    }

    /** In an orderly way, unless that takes too long. */
    private static void end(BlockingQueue<byte[]> requests) {
        try {
            if (requests.offer(END, GRACE_MS, TimeUnit.MILLISECONDS)) {
                Thread.sleep(GRACE_MS);
            }
        } catch (InterruptedException hurry) {
            Thread.currentThread().interrupt();
        } finally {
            ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
            Runtime.getRuntime().halt(0);
        }
    }

    private byte[] answer(byte[] request) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream reply = new DataOutputStream(bytes);
        try {
            reply.write(Wire.OK);
            work(new DataInputStream(new ByteArrayInputStream(request)), reply);
            return bytes.toByteArray();
        } catch (GuestfsFailure failed) {
            return refusal(guestfs.isReady() ? Wire.FAILED : Wire.LOST, failed.errno(), failed.getMessage());
        } catch (NotMounted failed) {
            return refusal(
                    guestfs.isReady() ? Wire.NOT_MOUNTED : Wire.LOST, failed.cause.errno(), failed.cause.getMessage());
        } catch (TooLarge failed) {
            return refusal(Wire.TOO_LARGE, 0, failed.getMessage());
        } catch (IllegalArgumentException absent) {
            return refusal(guestfs == null ? Wire.MISSING : Wire.LOST, 0, String.valueOf(absent.getMessage()));
        } catch (RuntimeException unforeseen) {
            return refusal(Wire.LOST, 0, unforeseen.toString());
        }
    }

    private static byte[] refusal(int kind, int errno, String message) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream reply = new DataOutputStream(bytes);
        reply.write(kind);
        reply.writeInt(errno);
        Wire.write(reply, message.length() > MOST_MESSAGE ? message.substring(0, MOST_MESSAGE) : message);
        return bytes.toByteArray();
    }

    private void work(DataInputStream request, DataOutputStream reply) throws IOException {
        int what = request.readUnsignedByte();
        switch (what) {
            case Wire.LAUNCH -> launch(reply);
            case Wire.LIST -> {
                mount(Wire.read(request));
                String path = Wire.read(request);
                String after = request.readUnsignedByte() == 1 ? Wire.read(request) : null;
                list(path, after, request.readInt(), reply);
            }
            case Wire.LOOK -> {
                mount(Wire.read(request));
                String path = Wire.read(request);
                entry(path.substring(path.lastIndexOf('/') + 1), path, guestfs.stat(path, true), reply);
            }
            case Wire.READ -> {
                mount(Wire.read(request));
                reply.write(guestfs.read(Wire.read(request), request.readLong(), request.readInt()));
            }
            default -> throw new IllegalStateException("request " + what);
        }
    }

    private void launch(DataOutputStream reply) throws IOException {
        guestfs = new LibGuestfs();
        for (int disk = 0; disk < disks; disk++) {
            guestfs.addNbdDisk(socket, Integer.toString(disk));
        }
        guestfs.launch();
        List<String> found = guestfs.fileSystems();
        reply.writeInt(found.size() / 2);
        for (int i = 0; i + 1 < found.size(); i += 2) {
            String device = found.get(i);
            Wire.write(reply, device);
            Wire.write(reply, found.get(i + 1));
            Wire.write(reply, unlessFails("", () -> guestfs.label(device)));
            reply.writeLong(unlessFails(0L, () -> guestfs.sizeBytes(blockDevice(device))));
        }
    }

    /**
     * The library calls disks by the order in which they were added, but answers this one question with the kernel's name, and kernels find disks in any order: asked only
     * where the name is no device's.
     */
    private String blockDevice(String device) {
        return device.startsWith("/dev/") ? device : guestfs.blockDevice(device);
    }

    /** What a file system does not say is left out; that does not make it unreadable. */
    private <T> T unlessFails(T otherwise, java.util.function.Supplier<T> asked) {
        try {
            return asked.get();
        } catch (GuestfsFailure unknown) {
            if (!guestfs.isReady()) {
                throw unknown;
            }
            return otherwise;
        }
    }

    private static final class NotMounted extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final GuestfsFailure cause;

        NotMounted(GuestfsFailure cause) {
            this.cause = cause;
        }
    }

    private static final class TooLarge extends RuntimeException {
        private static final long serialVersionUID = 1;

        TooLarge(String message) {
            super(message);
        }
    }

    private void mount(String device) {
        if (mounted.equals(device)) {
            return;
        }
        mounted = "";
        try {
            guestfs.mount(MOUNT, device);
        } catch (GuestfsFailure failed) {
            throw new NotMounted(failed);
        }
        mounted = device;
    }

    private void list(String path, String after, int limit, DataOutputStream reply) throws IOException {
        SortedSet<String> names = namesOf(path, after, limit);
        reply.writeInt(names.size());
        for (String name : names) {
            String child = path.endsWith("/") ? path + name : path + "/" + name;
            entry(name, child, guestfs.stat(child, false), reply);
        }
    }

    /** The first names behind one; however many the folder has, only so many are kept. */
    private SortedSet<String> namesOf(String path, String after, int limit) {
        Path file = folder.resolve("names");
        try {
            guestfs.names(path, file.toString());
            if (Files.size(file) > MOST_NAME_BYTES) {
                throw new TooLarge(
                        "its names alone take %d bytes, more than %d".formatted(Files.size(file), MOST_NAME_BYTES));
            }
            String all = Files.readString(file, StandardCharsets.ISO_8859_1);
            SortedSet<String> names = new TreeSet<>();
            for (int at = 0; at < all.length(); ) {
                int end = all.indexOf(0, at);
                end = end < 0 ? all.length() : end;
                String name = all.substring(at, end);
                at = end + 1;
                if (after == null || name.compareTo(after) > 0) {
                    names.add(name);
                    if (names.size() > limit) {
                        names.removeLast();
                    }
                }
            }
            return names;
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        } finally {
            delete(file);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException stays) {
            throw new UncheckedIOException(stays);
        }
    }

    private void entry(String name, String path, LibGuestfs.Stat stat, DataOutputStream reply) throws IOException {
        Wire.write(reply, name);
        reply.writeLong(stat.mode());
        reply.writeLong(stat.uid());
        reply.writeLong(stat.gid());
        reply.writeLong(stat.sizeBytes());
        reply.writeLong(stat.modifiedSeconds());
        reply.writeLong(stat.modifiedNanos());
        boolean link = (stat.mode() & TYPE_BITS) == LINK;
        reply.writeBoolean(link);
        if (link) {
            Wire.write(reply, guestfs.linkTarget(path));
        }
    }
}
