package io.holdfast.e2e.tools;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs one of the real tools that a user would run. */
public final class Command {
    private Command() {}

    /**
     * Runs to the end and gives what it printed, both streams together.
     *
     * @throws IllegalStateException when it cannot be started, takes longer than {@code limit} or exits with anything but 0
     */
    public static String run(Duration limit, String... words) {
        Result result = tryRun(limit, words);
        if (result.exitCode() != 0) {
            throw new IllegalStateException(
                    "%s: exit code %d: %s".formatted(String.join(" ", words), result.exitCode(), result.output()));
        }
        return result.output();
    }

    /** What a command did. */
    public record Result(int exitCode, String output) {}

    /** As {@link #run}, and leaves the judgement of the exit code to the caller. */
    public static Result tryRun(Duration limit, String... words) {
        try {
            Process process =
                    new ProcessBuilder(List.of(words)).redirectErrorStream(true).start();
            process.getOutputStream().close();
            // Read on a thread of its own: a tool that hangs with its output open must not outlast the limit.
            StringBuilder output = new StringBuilder();
            Thread reader = Thread.ofVirtual().start(() -> {
                try {
                    output.append(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
                } catch (IOException closed) {
                    output.append(" (output lost: ").append(closed.getMessage()).append(')');
                }
            });
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(String.join(" ", words) + " did not end within " + limit);
            }
            reader.join(Duration.ofSeconds(5));
            return new Result(process.exitValue(), output.toString().strip());
        } catch (IOException missing) {
            throw new IllegalStateException("cannot run " + words[0] + "; 'make deps' installs it", missing);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + words[0] + " ran", interrupted);
        }
    }
}
