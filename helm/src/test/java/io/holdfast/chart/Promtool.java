package io.holdfast.chart;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Prometheus' own tool: what it refuses, a real Prometheus refuses. */
final class Promtool {
    private static final long LIMIT_SECONDS = 50;

    private Promtool() {}

    /** @param passed whether it ended with 0 */
    record Answer(boolean passed, String output) {}

    /**
     * Runs it in the module's folder.
     *
     * @throws AssertionError when it is not installed or does not end; a test that is left out would look like one that passed
     */
    static Answer run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("promtool"));
        command.addAll(List.of(arguments));
        Path output = Path.of("target", "promtool-" + ProcessHandle.current().pid() + ".log");
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
        } catch (IOException missing) {
            throw new AssertionError(
                    "promtool cannot be started; 'make deps' installs it (Debian package prometheus)", missing);
        }
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(command + " did not end within " + LIMIT_SECONDS + " s");
        }
        return new Answer(process.exitValue() == 0, java.nio.file.Files.readString(output, StandardCharsets.UTF_8));
    }
}
