package io.holdfast.journalstore.adapter.image;

import io.holdfast.journalstore.adapter.nbd.ViewDevice;
import io.holdfast.journalstore.adapter.rocksdb.PointReader;
import io.holdfast.journalstore.image.ImageFormat;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.ExportCatalog;
import io.holdfast.nbd.ExportRefusedException;
import io.holdfast.nbd.server.NbdServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Formats other than raw are written by {@code qemu-img convert}, which reads the volume from a private NBD server on a Unix socket. The process dies with
 * the thread that starts it (prctl(2), PR_SET_PDEATHSIG), so nothing goes on writing after a crash of ours.
 */
final class QemuImg {
    private static final Pattern PERCENT = Pattern.compile("\\s*\\((\\d{1,3}(?:\\.\\d+)?)/100%\\)");
    private static final int MESSAGE_CHARS = 4 << 10;
    private static final long LOOK_MILLIS = 250;

    /** How strerror(3) says ENOSPC in the locale that the process gets. */
    static final String NO_SPACE_LEFT = "No space left on device";

    /** Exit codes of setpriv(1) when it cannot start a program. */
    private static final int NOT_FOUND = 127;

    private static final int NOT_EXECUTABLE = 126;

    private final String program;

    QemuImg(String program) {
        this.program = program;
    }

    void convert(PointReader reader, ImageFormat format, Path file, ImageWriter.Watch watch) throws IOException {
        // 0700: nobody else gets at the volume's bytes through the socket.
        Path folder = Files.createTempDirectory("holdfast-image");
        Path socket = folder.resolve("s");
        AtomicReference<HoldfastException> unreadable = new AtomicReference<>();
        try (NbdServer server = new NbdServer(new One(new ViewDevice(reader, unreadable::set)))) {
            server.listen(UnixDomainSocketAddress.of(socket));
            run(command(format, socket, file), reader.sizeBytes(), watch);
        } catch (HoldfastException failed) {
            // qemu-img only saw an I/O error; the reason is ours.
            throw unreadable.get() == null ? failed : unreadable.get();
        } finally {
            Files.deleteIfExists(socket);
            Files.deleteIfExists(folder);
        }
    }

    private List<String> command(ImageFormat format, Path socket, Path file) {
        List<String> command = new ArrayList<>(List.of("setsid", "setpriv", "--pdeathsig", "KILL", "--"));
        command.addAll(List.of(program, "convert", "-p", "-f", "raw", "-O", format.text()));
        if (!format.options().isEmpty()) {
            command.addAll(List.of("-o", format.options()));
        }
        command.add("nbd+unix:///?socket=" + socket);
        // Never taken for an address or an option.
        command.add(file.toAbsolutePath().toString());
        return command;
    }

    private void run(List<String> command, long sizeBytes, ImageWriter.Watch watch) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectInput(Path.of("/dev/null").toFile());
        builder.environment().put("LC_ALL", "C");
        builder.redirectErrorStream(true);
        Process process = start(builder);
        try {
            Output output = new Output(process.getInputStream());
            Thread reading = Thread.ofVirtual().start(output);
            while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                watch.at((long) (sizeBytes * output.share()));
            }
            reading.join(2000);
            if (process.exitValue() != 0) {
                throw failure(process.exitValue(), output.complaint());
            }
            watch.at(sizeBytes);
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", ending);
        } finally {
            process.destroyForcibly();
            awaitEnd(process);
        }
    }

    private Process start(ProcessBuilder builder) {
        try {
            return builder.start();
        } catch (IOException missing) {
            throw new HoldfastException(
                    JournalError.CONVERTER_MISSING, "no process can be started: " + missing.getMessage(), missing);
        }
    }

    private HoldfastException failure(int exitCode, String complaint) {
        if (exitCode == NOT_FOUND || exitCode == NOT_EXECUTABLE) {
            return new HoldfastException(
                    JournalError.CONVERTER_MISSING,
                    "%s cannot be started (%s); Debian has it in the package qemu-utils".formatted(program, complaint));
        }
        return new HoldfastException(
                complaint.contains(NO_SPACE_LEFT) ? JournalError.NO_SPACE : JournalError.CONVERTER_FAILED,
                "%s ended with exit code %d and said: %s".formatted(program, exitCode, complaint));
    }

    /** Its file is deleted next, and must not be written any more then. */
    private static void awaitEnd(Process process) {
        boolean interrupted = Thread.interrupted();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException again) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Reads progress and complaints for as long as the process lives, so that it never waits for a reader; keeps the newest. */
    private static final class Output implements Runnable {
        private final InputStream from;
        private final StringBuilder newest = new StringBuilder();
        private double share;

        Output(InputStream from) {
            this.from = from;
        }

        @Override
        public void run() {
            byte[] chunk = new byte[1 << 10];
            try (from) {
                for (int count = from.read(chunk); count >= 0; count = from.read(chunk)) {
                    take(new String(chunk, 0, count, StandardCharsets.UTF_8));
                }
            } catch (IOException ended) {
                // The process is gone; what it said is here.
            }
        }

        /** Progress and complaints come in any order: what is not progress is kept. */
        private synchronized void take(String text) {
            newest.append(text);
            Matcher percent = PERCENT.matcher(newest);
            String complaints = percent.replaceAll(seen -> {
                share = Math.min(1, Double.parseDouble(seen.group(1)) / 100);
                return "";
            });
            newest.setLength(0);
            newest.append(complaints, Math.max(0, complaints.length() - MESSAGE_CHARS), complaints.length());
        }

        synchronized double share() {
            return share;
        }

        synchronized String complaint() {
            return newest.toString().strip();
        }
    }

    private record One(BlockDevice device) implements ExportCatalog {
        @Override
        public Lease open(String name) throws ExportRefusedException {
            if (!name.isEmpty()) {
                throw ExportRefusedException.unknown(name);
            }
            return ExportCatalog.leaseOf(device, "read-only");
        }

        @Override
        public List<Entry> list() {
            return List.of(new Entry("", "read-only"));
        }
    }
}
