package io.holdfast.journalstore.adapter.guestfs;

import io.holdfast.journalstore.adapter.guestfs.child.Wire;
import io.holdfast.journalstore.files.Appliance;
import io.holdfast.journalstore.files.GuestEntry;
import io.holdfast.journalstore.files.GuestFileSystem;
import io.holdfast.journalstore.files.GuestPath;
import io.holdfast.journalstore.files.GuestText;
import io.holdfast.journalstore.files.OpenedPoint;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.ExportCatalog;
import io.holdfast.nbd.server.NbdServer;
import io.holdfast.nbd.server.ServerLimits;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** One appliance: the volumes as NBD exports on a socket of its own, and the process that has libguestfs read them. */
final class GuestfsAppliance implements Appliance {
    private static final ServerLimits NBD =
            ServerLimits.DEFAULT.withConnections(256).withPayloadMemoryBytes(64L << 20);
    private static final int LETTERS = 26;

    private final Path folder;
    private final GuestfsOptions options;
    private final List<OpenedPoint.Volume> volumes;
    private final Duration answer;
    private final NbdServer nbd;
    private ChildProcess child;
    private boolean closed;
    private volatile boolean lost;

    /** @param exports names are the volumes' places */
    GuestfsAppliance(
            Path folder,
            GuestfsOptions options,
            List<OpenedPoint.Volume> volumes,
            ExportCatalog exports,
            Duration answer) {
        this.folder = folder;
        this.options = options;
        this.volumes = volumes;
        this.answer = answer;
        this.nbd = new NbdServer(exports, NBD);
    }

    @Override
    public List<GuestFileSystem> launch(Duration limit) {
        Path socket = folder.resolve("nbd");
        try {
            synchronized (this) {
                requireOpen();
                ViewFolder.create(folder);
                nbd.listen(UnixDomainSocketAddress.of(socket));
                child = ChildProcess.start(folder, socket, volumes.size(), options);
            }
        } catch (IOException failed) {
            throw new HoldfastException(
                    JournalError.FILE_TOOLS_FAILED, "folder %s cannot be used: %s".formatted(folder, failed), failed);
        }
        return ask(limit, out -> out.write(Wire.LAUNCH), in -> {
            int count = in.readInt();
            List<GuestFileSystem> found = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                String device = Wire.read(in);
                found.add(new GuestFileSystem(
                        device,
                        Refusals.printable(Wire.read(in)),
                        GuestText.of(Wire.readBytes(in)).shown(),
                        in.readLong(),
                        volumeOf(device)));
            }
            return List.copyOf(found);
        });
    }

    private void requireOpen() {
        if (closed) {
            throw new HoldfastException(JournalError.FILE_TOOLS_FAILED, "the view was closed");
        }
    }

    /** The disk that {@code /dev/sdb3} is a part of; what has another name may lie on several. */
    private Optional<VolumeId> volumeOf(String device) {
        String name = device.replaceFirst("^(btrfsvol:)?/dev/sd", "");
        String letters = name.replaceFirst("[^a-z].*$", "");
        if (name.equals(device) || letters.isEmpty() || letters.length() > 3) {
            return Optional.empty();
        }
        int place = 0;
        for (char letter : letters.toCharArray()) {
            place = place * LETTERS + letter - 'a' + 1;
        }
        return place <= volumes.size() ? Optional.of(volumes.get(place - 1).id()) : Optional.empty();
    }

    @Override
    public List<GuestEntry> list(GuestFileSystem fileSystem, GuestPath path, Optional<GuestText> after, int limit) {
        return ask(
                answer,
                out -> {
                    out.write(Wire.LIST);
                    place(out, fileSystem, path);
                    out.write(after.isPresent() ? 1 : 0);
                    if (after.isPresent()) {
                        Wire.write(out, after.get().latin1());
                    }
                    out.writeInt(limit);
                },
                in -> {
                    int count = in.readInt();
                    List<GuestEntry> entries = new ArrayList<>();
                    for (int i = 0; i < count; i++) {
                        entries.add(entry(in));
                    }
                    return entries;
                });
    }

    @Override
    public GuestEntry look(GuestFileSystem fileSystem, GuestPath path) {
        return ask(
                answer,
                out -> {
                    out.write(Wire.LOOK);
                    place(out, fileSystem, path);
                },
                GuestfsAppliance::entry);
    }

    @Override
    public byte[] read(GuestFileSystem fileSystem, GuestPath path, long offset, int count) {
        return ask(
                answer,
                out -> {
                    out.write(Wire.READ);
                    place(out, fileSystem, path);
                    out.writeLong(offset);
                    out.writeInt(count);
                },
                DataInputStream::readAllBytes);
    }

    private static void place(DataOutputStream out, GuestFileSystem fileSystem, GuestPath path) throws IOException {
        Wire.write(out, fileSystem.device());
        Wire.write(out, path.text().latin1());
    }

    private static GuestEntry entry(DataInputStream in) throws IOException {
        GuestText name = GuestText.of(Wire.readBytes(in));
        long mode = in.readLong();
        long uid = in.readLong();
        long gid = in.readLong();
        long size = in.readLong();
        Instant modified = instant(in.readLong(), in.readLong());
        Optional<GuestText> target =
                in.readBoolean() ? Optional.of(GuestText.of(Wire.readBytes(in))) : Optional.empty();
        return new GuestEntry(name, GuestEntry.Kind.of(mode), size, modified, (int) mode & 07777, uid, gid, target);
    }

    /** A guest can write any number there. */
    private static Instant instant(long seconds, long nanos) {
        long within = Math.clamp(seconds, Instant.parse("0000-01-01T00:00:00Z").getEpochSecond(), 253_402_300_799L);
        return Instant.ofEpochSecond(within, Math.clamp(nanos, 0, 999_999_999));
    }

    private interface Request {
        void write(DataOutputStream out) throws IOException;
    }

    private interface Reply<T> {
        T read(DataInputStream in) throws IOException;
    }

    private <T> T ask(Duration limit, Request request, Reply<T> reply) {
        ChildProcess process;
        synchronized (this) {
            requireOpen();
            process = child;
        }
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            request.write(new DataOutputStream(bytes));
            return reply.read(process.ask(bytes.toByteArray(), limit));
        } catch (IOException malformed) {
            lose(process);
            throw new HoldfastException(
                    JournalError.FILE_TOOLS_FAILED, "the process with libguestfs gave no proper answer", malformed);
        } catch (HoldfastException refused) {
            if (refused.code() == JournalError.FILE_TOOLS_FAILED
                    || refused.code() == JournalError.FILE_TOOLS_MISSING
                    || refused.code() == JournalError.FILE_VIEW_TIMED_OUT) {
                lose(process);
            }
            throw refused;
        }
    }

    private void lose(ChildProcess process) {
        lost = true;
        process.end();
    }

    @Override
    public synchronized boolean isAlive() {
        return !closed && !lost && child != null && child.isAlive();
    }

    @Override
    public void close() {
        Optional<ChildProcess> running;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            running = Optional.ofNullable(child);
        }
        // The process first: it would see its disks fail.
        Stream.<Runnable>of(() -> running.ifPresent(ChildProcess::end), nbd::close, () -> ViewFolder.remove(folder))
                .forEach(Runnable::run);
    }
}
