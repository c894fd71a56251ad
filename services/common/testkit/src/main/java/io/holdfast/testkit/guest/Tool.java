package io.holdfast.testkit.guest;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A program of this host, run to its end. */
final class Tool {
    private static final Duration LIMIT = Duration.ofSeconds(120);

    private Tool() {}

    record Result(int exitCode, String output) {}

    static String run(String... words) {
        Result result = attempt(words);
        if (result.exitCode() != 0) {
            throw new IllegalStateException(
                    "%s: exit code %d: %s".formatted(String.join(" ", words), result.exitCode(), result.output()));
        }
        return result.output();
    }

    /** Both streams together; the exit code is the caller's to judge. */
    static Result attempt(String... words) {
        Path output = null;
        try {
            // Into a file: a program that fills a pipe nobody reads would wait for good.
            output = Files.createTempFile("holdfast-tool", ".out");
            // Through env, because the JVM searches a program on its own PATH only.
            List<String> command = new ArrayList<>(List.of("env"));
            command.addAll(List.of(words));
            ProcessBuilder builder = new ProcessBuilder(command);
            Map<String, String> environment = builder.environment();
            environment.merge("PATH", "/usr/sbin:/sbin", (path, more) -> path + ":" + more);
            environment.put("LC_ALL", "C");
            Process process = builder.redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                    .start();
            if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(String.join(" ", words) + " did not end within " + LIMIT);
            }
            return new Result(
                    process.exitValue(), new String(Files.readAllBytes(output), StandardCharsets.UTF_8).strip());
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot run " + words[0] + "; 'make deps' installs it", failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + words[0] + " ran", interrupted);
        } finally {
            deleteQuietly(output);
        }
    }

    private static void deleteQuietly(Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException ignored) {
            // A left-over of a few bytes in the temporary folder.
        }
    }
}
