package io.holdfast.journalstore.adapter.guestfs;

import io.holdfast.journalstore.adapter.guestfs.child.GuestfsChild;
import io.holdfast.journalstore.adapter.guestfs.child.Wire;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.error.HoldfastException;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** The process with libguestfs in it, as the store sees it: a request, a reply. One thread asks; any may end it. */
final class ChildProcess {
    /** What qemu's copy-on-write layer, or anything else there, may take on this machine: a hostile guest must not fill its disk. */
    private static final long MOST_FILE_BYTES = 1L << 30;

    private static final long GRACE_MS = 5_000;
    private static final int SAID_BYTES = 400;

    private final Path folder;
    private final Process process;
    private final DataOutputStream requests;
    private final BlockingQueue<Optional<byte[]>> replies = new ArrayBlockingQueue<>(2);

    private ChildProcess(Path folder, Process process) {
        this.folder = folder;
        this.process = process;
        this.requests = new DataOutputStream(process.getOutputStream());
        Thread.ofVirtual().name("guestfs-replies").start(this::follow);
        // Something that it started may keep the pipe open.
        process.onExit().thenRun(() -> replies.offer(Optional.empty()));
    }

    /** @throws HoldfastException {@code FILE_TOOLS_MISSING} */
    static ChildProcess start(Path folder, Path socket, int disks, GuestfsOptions options) {
        List<String> command = List.of(
                "prlimit",
                "--fsize=" + MOST_FILE_BYTES,
                "--core=0",
                "--",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx192m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classes().toString(),
                GuestfsChild.class.getName(),
                folder.toString(),
                socket.toString(),
                Integer.toString(disks));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).redirectError(log(folder));
        environment(builder.environment(), folder, options);
        try {
            return new ChildProcess(folder, builder.start());
        } catch (IOException missing) {
            throw new HoldfastException(
                    JournalError.FILE_TOOLS_MISSING, "prlimit or java cannot be run: " + missing.getMessage(), missing);
        }
    }

    private static File log(Path folder) {
        return folder.resolve("log").toFile();
    }

    /** Where this service's own classes lie: an archive or a folder. */
    private static Path classes() {
        try {
            return Path.of(GuestfsChild.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException("the place of our own classes is no address", impossible);
        }
    }

    /** Only what it needs: the store's secrets are not its business, and settings of a user's libguestfs not ours. */
    private static void environment(Map<String, String> environment, Path folder, GuestfsOptions options) {
        Map<String, String> own = Map.copyOf(environment);
        environment.clear();
        environment.put("PATH", own.getOrDefault("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin");
        environment.put("LC_ALL", "C.UTF-8");
        environment.put("HOME", folder.toString());
        environment.put("TMPDIR", folder.toString());
        environment.put("XDG_RUNTIME_DIR", folder.toString());
        environment.put("LIBGUESTFS_TMPDIR", folder.toString());
        environment.put("LIBGUESTFS_CACHEDIR", options.directory().toString());
        environment.put("LIBGUESTFS_BACKEND", "direct");
        environment.put("LIBGUESTFS_MEMSIZE", Long.toString(options.memoryBytes() >> 20));
        if (options.emulated()) {
            environment.put("LIBGUESTFS_BACKEND_SETTINGS", "force_tcg");
        }
        options.appliance().ifPresent(path -> environment.put("LIBGUESTFS_PATH", path.toString()));
        environment.put(MarkedProcesses.VARIABLE, folder.toString());
        // Where the machine has no kernel for the appliance in its usual place.
        own.forEach((name, value) -> {
            if (name.startsWith("SUPERMIN_") || name.equals("LIBGUESTFS_HV")) {
                environment.put(name, value);
            }
        });
    }

    private void follow() {
        try (DataInputStream in = new DataInputStream(process.getInputStream())) {
            while (true) {
                replies.put(Optional.of(Wire.readBytes(in)));
            }
        } catch (IOException ended) {
            replies.offer(Optional.empty());
        } catch (InterruptedException never) {
            Thread.currentThread().interrupt();
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /**
     * One request and its reply.
     *
     * @return what follows {@link Wire#OK}
     * @throws HoldfastException as the reply says; {@code FILE_VIEW_TIMED_OUT} and {@code FILE_TOOLS_FAILED}: the process is of no use any more
     */
    DataInputStream ask(byte[] request, Duration limit) {
        try {
            Wire.write(requests, request);
            requests.flush();
            Optional<byte[]> reply = replies.poll(limit.toMillis(), TimeUnit.MILLISECONDS);
            if (reply == null) {
                throw new HoldfastException(
                        JournalError.FILE_VIEW_TIMED_OUT, "the appliance did not answer within " + limit);
            }
            return opened(reply.orElseThrow(() -> lost(null)));
        } catch (EOFException cut) {
            throw lost(cut);
        } catch (IOException broken) {
            throw lost(broken);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new HoldfastException(JournalError.FILE_TOOLS_FAILED, "the store is being stopped", stopping);
        }
    }

    private HoldfastException lost(Throwable cause) {
        return new HoldfastException(
                JournalError.FILE_TOOLS_FAILED, "the process with libguestfs ended" + said(), cause);
    }

    private static DataInputStream opened(byte[] reply) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(reply));
        int kind = in.readUnsignedByte();
        if (kind == Wire.OK) {
            return in;
        }
        throw Refusals.of(kind, in.readInt(), Wire.read(in));
    }

    /** The end of what it wrote to standard error, for whoever has to find out why it ended. */
    private String said() {
        try {
            byte[] log = Files.readAllBytes(folder.resolve("log"));
            String end = new String(log, Math.max(0, log.length - SAID_BYTES), Math.min(log.length, SAID_BYTES));
            return end.isBlank() ? "" : ": " + Refusals.printable(end.strip());
        } catch (IOException nothing) {
            return "";
        }
    }

    /** Asks it to end, which removes what libguestfs has put outside of the folder; it has a moment for that, and then gets SIGKILL, with everything that it has started. */
    void end() {
        try {
            process.getOutputStream().close();
            process.waitFor(GRACE_MS, TimeUnit.MILLISECONDS);
        } catch (IOException gone) {
            // Nothing to ask.
        } catch (InterruptedException hurry) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
        MarkedProcesses.of(folder).end();
    }
}
