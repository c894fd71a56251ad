package io.holdfast.replicationagent.adapter.qemu;

import io.holdfast.replicationagent.hosting.BackingFormat;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A {@code qemu-nbd} that serves one image on a private socket and dies with this process, whatever that died of.
 *
 * <p>The kernel means the parent <em>thread</em> when it signals a child (prctl(2), PR_SET_PDEATHSIG), so one thread that lives as long as the process starts all of
 * them. QEMU's own locks keep other users off the image.
 */
final class ImageProcess implements AutoCloseable {
    private static final ExecutorService SPAWNER = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("holdfast-spawner").factory());
    private static final int MESSAGE_CHARS = 4 << 10;
    private static final long EXIT_SECONDS = 10;

    private final Process process;
    private final Path socket;

    private final ErrorOutput errors;

    private ImageProcess(Process process, Path socket) {
        this.process = process;
        this.socket = socket;
        this.errors = new ErrorOutput(process);
    }

    static ImageProcess start(Path image, BackingFormat format, Path socket) throws IOException {
        Files.createDirectories(socket.getParent());
        Files.deleteIfExists(socket);
        List<String> command = new ArrayList<>(List.of(
                "setsid",
                "setpriv",
                "--pdeathsig",
                "KILL",
                "--",
                "qemu-nbd",
                // Never guessed: a guest that writes another format's header into a raw disk must not choose.
                "--format=" + format.text(),
                "--socket=" + socket,
                "--persistent",
                "--shared=" + ImageDevice.CONNECTIONS,
                "--discard=unmap",
                "--detect-zeroes=off",
                "--cache=writeback",
                "--"));
        command.add(image.toString());
        return new ImageProcess(spawn(command), socket);
    }

    /** Runs a short program and gives what it printed; its error output when it fails. */
    static String output(List<String> command, long seconds) throws IOException {
        Process process = spawn(command);
        ErrorOutput errors = new ErrorOutput(process);
        CompletableFuture.delayedExecutor(seconds, TimeUnit.SECONDS).execute(process::destroyForcibly);
        try {
            byte[] printed = process.getInputStream().readNBytes(4 << 20);
            if (!process.waitFor(seconds, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(errors.text());
            }
            return new String(printed, StandardCharsets.UTF_8);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        } finally {
            process.destroyForcibly();
        }
    }

    private static Process spawn(List<String> command) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectInput(Path.of("/dev/null").toFile());
        // What is printed is read by us; in the operator's language nothing could be told from it.
        builder.environment().put("LC_ALL", "C");
        try {
            return SPAWNER.submit(builder::start).get();
        } catch (ExecutionException failed) {
            throw new IOException("%s cannot be started: %s".formatted(command.getFirst(), failed.getCause()), failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    UnixDomainSocketAddress address() {
        return UnixDomainSocketAddress.of(socket);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    /** What it said of its errors, for somebody who saw it end; at most 4 KiB. */
    String complaint() {
        return errors.text();
    }

    /** Lets it close the image cleanly; by force after ten seconds. */
    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(EXIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor(EXIT_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        Files.deleteIfExists(socket);
    }

    /** Reads what a process complains of for as long as it lives, so that it never waits for a reader; keeps the newest. */
    private static final class ErrorOutput {
        private final StringBuilder newest = new StringBuilder();
        private final Thread reader;

        ErrorOutput(Process process) {
            reader = Thread.ofVirtual().start(() -> read(process.getErrorStream()));
        }

        private void read(InputStream errors) {
            byte[] chunk = new byte[1 << 10];
            try (errors) {
                for (int count = errors.read(chunk); count >= 0; count = errors.read(chunk)) {
                    synchronized (newest) {
                        newest.append(new String(chunk, 0, count, StandardCharsets.UTF_8));
                        newest.delete(0, Math.max(0, newest.length() - MESSAGE_CHARS));
                    }
                }
            } catch (IOException ended) {
                // The process is gone; what it said is here.
            }
        }

        String text() {
            try {
                // The pipe ends with the process, or soon after.
                reader.join(Duration.ofSeconds(2));
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            synchronized (newest) {
                return newest.toString().strip();
            }
        }
    }
}
