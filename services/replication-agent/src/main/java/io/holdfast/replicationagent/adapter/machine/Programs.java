package io.holdfast.replicationagent.adapter.machine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Programs of the host. Stateless. */
final class Programs {
    private static final int MOST_OUTPUT = 1 << 20;
    private static final long MOST_SECONDS = 20;

    private Programs() {}

    /** A program by its path, or by its name: tools of the administrator are not on everybody's search path. */
    static Optional<Path> find(String program) {
        if (program.contains("/")) {
            return Optional.of(Path.of(program)).filter(Files::isExecutable);
        }
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.concat(Stream.of(path.split(":")), Stream.of("/usr/sbin", "/sbin", "/usr/bin", "/bin"))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** @param output of both streams, at most 1 MiB */
    record Result(int exitCode, String output) {
        boolean isGood() {
            return exitCode == 0;
        }
    }

    /** Runs a short program to its end. */
    static Result run(Path program, List<String> arguments) throws IOException {
        List<String> words = new ArrayList<>();
        words.add(program.toString());
        words.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        try {
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readNBytes(MOST_OUTPUT), StandardCharsets.UTF_8);
            if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(program + " does not end");
            }
            return new Result(process.exitValue(), output.strip());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        } finally {
            process.destroyForcibly();
        }
    }
}
