package io.holdfast.journalstore.adapter.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.journalstore.adapter.files.StorageSaid;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.seeding.SeedFormat;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * Reads disk images with qemu-img. An image that refers to another file (a backing file, an extent or data file elsewhere) is refused before
 * anything of it is read: whoever may name a seed must not read other files of this host through it.
 */
public final class QemuImg implements AutoCloseable {
    private static final Duration INFO_LIMIT = Duration.ofSeconds(30);
    private static final int MAX_OUTPUT_BYTES = 256 << 10;

    private final String program;
    private final ObjectMapper json = new ObjectMapper();
    private final Set<Process> running = ConcurrentHashMap.newKeySet();

    /** @param program name or path of qemu-img */
    public QemuImg(String program) {
        this.program = program;
    }

    /**
     * The size of the disk in the image.
     *
     * @throws HoldfastException {@code SEED_UNUSABLE} when the file is not such an image, or refers to others
     */
    public long virtualSize(Path image, SeedFormat format) {
        JsonNode info = info(image, format);
        if (!info.path("backing-filename").isMissingNode()
                || !info.path("full-backing-filename").isMissingNode()
                || namesAnotherFile(info.path("format-specific").path("data"), image)) {
            throw unusable(image, "it refers to another file; give a single file that stands alone");
        }
        return info.path("virtual-size").asLong();
    }

    private static boolean namesAnotherFile(JsonNode specific, Path image) {
        if (specific.has("data-file")) {
            return true;
        }
        for (JsonNode extent : specific.path("extents")) {
            if (!extent.path("filename").asText().equals(image.toString())) {
                return true;
            }
        }
        return false;
    }

    private JsonNode info(Path image, SeedFormat format) {
        try {
            Process process = start(List.of("info", "-U", "--output=json", "-f", format.driver(), image.toString()));
            byte[] output = process.getInputStream().readNBytes(MAX_OUTPUT_BYTES);
            if (!process.waitFor(INFO_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw unusable(image, "qemu-img did not describe it within " + INFO_LIMIT);
            }
            if (process.exitValue() != 0) {
                throw unusable(image, lastLine(new String(output, StandardCharsets.UTF_8)));
            }
            return json.readTree(output);
        } catch (IOException failed) {
            throw failed(failed);
        } catch (InterruptedException stopping) {
            throw stopped(stopping);
        }
    }

    /**
     * Writes the disk of an image as a sparse raw file. {@link #close} ends it.
     *
     * @param percent is told how far it is; what it throws ends the work
     * @throws HoldfastException {@code SEED_UNUSABLE} when the image cannot be read to its end, {@code STORAGE_FULL} when there is no room to write it
     */
    public void convertToRaw(Path image, SeedFormat format, Path raw, IntConsumer percent) {
        Process process = null;
        try {
            process = start(
                    List.of("convert", "-p", "-f", format.driver(), "-O", "raw", image.toString(), raw.toString()));
            String said = follow(process.getInputStream(), percent);
            if (process.waitFor() != 0) {
                throw StorageSaid.isFull(said)
                        ? new HoldfastException(
                                CommonError.STORAGE_FULL,
                                "%s does not fit on the journals' volume".formatted(image.getFileName()))
                        : unusable(image, lastLine(said));
            }
        } catch (IOException failed) {
            throw failed(failed);
        } catch (InterruptedException stopping) {
            throw stopped(stopping);
        } finally {
            if (process != null && process.isAlive()) {
                process.destroyForcibly();
            }
        }
    }

    /** Progress stands in brackets, "(12.34/100%)", each followed by a carriage return. Returns the end of what was said. */
    private static String follow(InputStream output, IntConsumer percent) throws IOException {
        StringBuilder recent = new StringBuilder();
        for (int next = output.read(); next >= 0; next = output.read()) {
            if (next == '\r' || next == '\n') {
                int from = recent.lastIndexOf("(");
                int to = recent.indexOf("/100%", Math.max(0, from));
                if (from >= 0 && to > from) {
                    tell(recent.substring(from + 1, to), percent);
                    recent.setLength(0);
                }
            }
            recent.append((char) next);
            if (recent.length() > 4096) {
                recent.delete(0, 2048);
            }
        }
        return recent.toString();
    }

    private static void tell(String number, IntConsumer percent) {
        try {
            percent.accept((int) Math.clamp(Double.parseDouble(number), 0, 100));
        } catch (NumberFormatException notProgress) {
            // Some other bracket.
        }
    }

    private Process start(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(program);
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        // What it says of a full volume is looked for in English.
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        running.add(process);
        process.onExit().thenAccept(running::remove);
        return process;
    }

    private static String lastLine(String text) {
        String[] lines = text.strip().split("[\r\n]+");
        String last = lines[lines.length - 1].strip();
        return last.length() > 300 ? last.substring(0, 300) : last;
    }

    private static HoldfastException unusable(Path image, String why) {
        return new HoldfastException(
                JournalError.SEED_UNUSABLE,
                "%s cannot be used: %s"
                        .formatted(
                                image.getFileName(),
                                why.replace(
                                        image.toString(), image.getFileName().toString())));
    }

    private static HoldfastException failed(IOException cause) {
        return new HoldfastException(
                CommonError.DEPENDENCY_UNAVAILABLE, "qemu-img cannot be run; install qemu-utils", cause);
    }

    private static HoldfastException stopped(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new HoldfastException(CommonError.DEPENDENCY_UNAVAILABLE, "the service is stopping", cause);
    }

    /** Ends what is running; whoever waits for it fails. */
    @Override
    public void close() {
        running.forEach(Process::destroyForcibly);
    }
}
