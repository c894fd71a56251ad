package io.holdfast.localsite.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.FakeDistribution;
import io.holdfast.localsite.LocalSiteError;
import io.holdfast.localsite.adapter.json.SiteState;
import io.holdfast.localsite.adapter.json.StateFile;
import io.holdfast.localsite.adapter.linux.ProcessIdentity;
import io.holdfast.testkit.Eventually;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CommandLineTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String ENGINES_ONLY =
            "replication-router,journal-store,inventory,protection-group,recovery-plan,replication-agent";

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out));
        commandLine.setErr(new PrintWriter(err));
        return commandLine.execute(arguments);
    }

    private String site() {
        return folder.resolve("site").toString();
    }

    private StateFile state() {
        return new StateFile(folder.resolve("site/state.json"));
    }

    @Test
    void commands_on_a_directory_without_a_site_say_so() {
        for (String[] command : new String[][] {
            {"status", "-d", site()},
            {"part", "kill", "kafka", "-d", site()},
            {"token", "--role", "viewer", "--user", "ada", "-d", site()}
        }) {
            assertThat(run(command)).isEqualTo(LocalSiteError.LOCAL_SITE_NOT_RUNNING.exitCode());
        }
        assertThat(err.toString()).contains("LOCAL_SITE_NOT_RUNNING").contains("local-site up");
        assertThat(run("down", "-d", site())).isZero();
    }

    @Test
    void bad_options_are_refused_with_what_is_allowed() {
        assertThat(run("part", "kill", "nobody", "-d", site())).isEqualTo(18);
        assertThat(err.toString()).contains("journal-store");
        assertThat(run("up", "-d", site(), "--kafka", "cloud")).isEqualTo(10);
        assertThat(run("up", "-d", site(), "--port", "telnet=23")).isEqualTo(10);
        assertThat(run("up", "-d", site(), "--set", "nonsense")).isEqualTo(10);
        assertThat(run("up", "-d", site(), "--set", "kafka:a=b")).isEqualTo(10);
        assertThat(run("up", "-d", site(), "--base-port", "70000")).isEqualTo(10);
        assertThat(run("up", "-d", site(), "--base-port", "many")).isEqualTo(2);
        assertThat(folder.resolve("site")).doesNotExist();
    }

    @Test
    void durations_are_read_with_their_units() {
        assertThat(TokenCommand.parse("30m")).isEqualTo(Duration.ofMinutes(30));
        assertThat(TokenCommand.parse("8h")).isEqualTo(Duration.ofHours(8));
        assertThat(TokenCommand.parse("7d")).isEqualTo(Duration.ofDays(7));
        assertThat(TokenCommand.parse("PT90S")).isEqualTo(Duration.ofSeconds(90));
        for (String bad : List.of("", "10", "x", "8 h", "h")) {
            assertThatThrownBy(() -> TokenCommand.parse(bad)).isInstanceOf(HoldfastException.class);
        }
    }

    private Process launch(int basePort, String... more) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "up",
                "--directory",
                site(),
                "--base-port",
                Integer.toString(basePort),
                "--without",
                ENGINES_ONLY));
        command.addAll(Arrays.asList(more));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("out").toFile())
                .start();
    }

    private SiteState awaitReady(Process process) {
        Eventually.await(
                "the site is ready",
                SOON,
                () -> state().read()
                        .filter(read ->
                                read.pid() == process.pid() && read.phase().equals("READY"))
                        .isPresent(),
                () -> {
                    try {
                        return Files.readString(folder.resolve("out"));
                    } catch (IOException gone) {
                        return gone.toString();
                    }
                });
        return state().read().orElseThrow();
    }

    @Test
    void a_killed_site_takes_its_parts_along_and_the_next_one_starts_and_stops_cleanly() throws Exception {
        int basePort = FakeDistribution.freeBasePort();
        Process first = launch(basePort, "--kafka", "own-process");
        Set<ProcessIdentity> parts = new HashSet<>();
        awaitReady(first).parts().forEach(part -> parts.add(new ProcessIdentity(part.pid(), part.startTicks())));
        assertThat(parts).hasSize(2).allMatch(ProcessIdentity::isAlive);

        first.destroyForcibly();
        Eventually.await("all parts are gone", SOON, () -> parts.stream().noneMatch(ProcessIdentity::isAlive));

        Process second = launch(basePort);
        awaitReady(second);
        assertThat(run("status", "-d", site())).isZero();
        assertThat(out.toString()).contains("postgres").contains("yes");
        assertThat(run("token", "--role", "viewer", "--user", "ada", "-d", site()))
                .isZero();
        assertThat(run("part", "restart", "postgres", "-d", site())).isZero();
        assertThat(run("part", "kill", "kafka", "-d", site())).isEqualTo(19);
        assertThat(run("part", "start", "inventory", "-d", site())).isEqualTo(18);
        assertThat(run("down", "-d", site())).isZero();
        assertThat(second.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(second.exitValue()).isZero();
        assertThat(state().read()).isEmpty();
    }
}
