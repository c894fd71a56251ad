package io.holdfast.localsite.adapter.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.localsite.adapter.json.SiteState;
import io.holdfast.localsite.adapter.linux.ChildLauncher.Command;
import io.holdfast.localsite.adapter.linux.ChildLauncher.WhenParentDies;
import io.holdfast.testkit.Eventually;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildLauncherTest {
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private Command command(String... words) {
        return new Command(List.of(), List.of(words), folder, Map.of("HOLDFAST_WORD", "word"), WhenParentDies.KILL);
    }

    /** Runs in a JVM of its own: starts a child from a short-lived thread, names it, and waits to be killed. */
    public static final class Parent {
        public static void main(String[] args) throws Exception {
            Thread starter = new Thread(() -> {
                Process child = ChildLauncher.launch(
                        new Command(List.of(), List.of("sleep", "600"), Path.of("/"), Map.of(), WhenParentDies.KILL));
                System.out.println(child.pid());
            });
            starter.start();
            starter.join();
            Thread.currentThread().join();
        }
    }

    @Test
    void a_child_dies_with_a_killed_parent_and_not_with_the_thread_that_asked_for_it() throws Exception {
        Process parent = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Parent.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(parent.getInputStream(), StandardCharsets.UTF_8))) {
            ProcessIdentity child =
                    ProcessIdentity.of(Long.parseLong(reader.readLine())).orElseThrow();
            assertThat(child.isAlive()).isTrue();
            parent.destroyForcibly();
            Eventually.await("the child is gone", SOON, () -> !child.isAlive());
        } finally {
            parent.destroyForcibly();
        }
    }

    @Test
    void a_child_runs_in_its_directory_with_its_environment_and_its_output_is_logged() {
        try (RotatingLog log = new RotatingLog(folder.resolve("child.log"), 1_000)) {
            int exitCode = ChildLauncher.runToEnd(command("sh", "-c", "pwd; echo $HOLDFAST_WORD; exit 3"), log);
            assertThat(exitCode).isEqualTo(3);
            assertThat(log.newestLines()).containsExactly(folder.toString(), "word");
        }
    }

    @Test
    void the_pid_is_the_childs_own() throws Exception {
        Process process = ChildLauncher.launch(command("sleep", "600"));
        try {
            Eventually.await(
                    "it has become sleep",
                    SOON,
                    () -> process.info().command().orElse("").endsWith("sleep"));
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void an_end_by_signal_is_told_from_an_exit_code() {
        RotatingLog log = new RotatingLog(folder.resolve("child.log"), 1_000);
        ChildPart killed = ChildPart.endingOnTerm(ChildLauncher.launch(command("sleep", "600")), log, () -> true);
        killed.kill();
        assertThat(killed.ended().join()).isEqualTo("was ended by signal 9");

        RotatingLog other = new RotatingLog(folder.resolve("other.log"), 1_000);
        ChildPart failed = ChildPart.endingOnTerm(
                ChildLauncher.launch(command("sh", "-c", "echo why; exit 7")), other, () -> true);
        assertThat(failed.ended().join()).isEqualTo("ended with exit code 7");
        assertThat(failed.lastLogLines()).containsExactly("why");
    }

    @Test
    void only_the_very_process_that_was_recorded_is_ended() {
        Process process = ChildLauncher.launch(command("sleep", "600"));
        try {
            ProcessIdentity real = ProcessIdentity.of(process.pid()).orElseThrow();
            assertThat(LeftBehind.end(recorded(real.pid(), real.startTicks() + 1)))
                    .isEmpty();
            assertThat(process.isAlive()).isTrue();
            assertThat(LeftBehind.end(recorded(real.pid(), real.startTicks()))).containsExactly("kafka");
            assertThat(process.isAlive()).isFalse();
        } finally {
            process.destroyForcibly();
        }
    }

    private static SiteState recorded(long pid, long startTicks) {
        return new SiteState(
                1,
                "cli",
                2,
                0,
                "READY",
                "site",
                "http://127.0.0.1:1",
                List.of(new SiteState.PartEntry("kafka", "READY", "", pid, startTicks, Map.of(), "", null)));
    }

    @Test
    void one_directory_has_one_owner() {
        Path file = folder.resolve("site/lock");
        DirectoryLock first = DirectoryLock.tryTake(file).orElseThrow();
        assertThat(DirectoryLock.tryTake(file)).isEmpty();
        first.close();
        DirectoryLock.tryTake(file).orElseThrow().close();
    }
}
