package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.localsite.LocalSite;
import io.holdfast.localsite.identity.Role;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The packaged command, as an operator of one site types it: each call is a process. Not for several threads.
 *
 * @param folder for what it prints
 */
record OperatorCommand(LocalSite site, Path folder) {
    private static final Path COMMAND =
            Path.of("..", "services", "cli", "holdfast").toAbsolutePath().normalize();
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final ObjectMapper JSON = new ObjectMapper();

    record Said(int exitCode, String out, String err) {
        Said withExitCode(int wanted) {
            assertThat(exitCode).as("%s%n%s", out, err).isEqualTo(wanted);
            return this;
        }

        JsonNode json() throws IOException {
            return JSON.readTree(out);
        }
    }

    Said run(Role role, String... words) throws IOException, InterruptedException {
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        List<String> line = new ArrayList<>(List.of(COMMAND.toString()));
        line.addAll(List.of(words));
        ProcessBuilder command =
                new ProcessBuilder(line).redirectOutput(out.toFile()).redirectError(err.toFile());
        command.redirectInput(Redirect.from(Path.of("/dev/null").toFile()));
        command.environment().put("HOLDFAST_SERVER", site.address().toString());
        command.environment().put("HOLDFAST_TOKEN", site.token("cli", role, Duration.ofMinutes(30)));
        Process process = command.start();
        if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("'%s' did not end within %s: %s%s"
                    .formatted(String.join(" ", words), LIMIT, Files.readString(out), Files.readString(err)));
        }
        return new Said(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    /** What a call shows to scripts, which has to succeed. */
    JsonNode json(String... words) throws IOException, InterruptedException {
        return run(
                        Role.ADMIN,
                        Stream.concat(Stream.of(words), Stream.of("-o", "json")).toArray(String[]::new))
                .withExitCode(0)
                .json();
    }
}
