package io.holdfast.recoveryplan.adapter.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.recoveryplan.execution.HookRunner;
import io.holdfast.recoveryplan.plan.Hook;
import io.holdfast.recoveryplan.plan.HookCall;
import io.holdfast.recoveryplan.run.StepResult;
import io.holdfast.testkit.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A hook that is a program")
class ProgramHooksTest {
    private static final Duration LONG = Duration.ofMinutes(2);

    @TempDir
    Path folder;

    private final String key = "run-" + UUID.randomUUID();

    @Test
    void isToldWhatItIsForAndNothingOfTheService() throws IOException {
        program("env.sh", "echo \"args $*\"; env | sort");

        StepResult.HookDone done =
                run("env.sh", List.of("one", "two words; $(false)"), Map.of("ZONE", "example.org"), LONG);

        assertThat(done.detail()).isEqualTo("'env.sh' ended with exit code 0");
        List<String> lines = done.output().lines().toList();
        assertThat(lines)
                .contains(
                        "args one two words; $(false)",
                        "ZONE=example.org",
                        "HOLDFAST_MODE=UNPLANNED",
                        "HOLDFAST_GROUP=app",
                        "HOLDFAST_ATTEMPT=2",
                        "HOLDFAST_IDEMPOTENCY_KEY=" + key);
        assertThat(lines.stream().filter(line -> line.contains("=")).map(line -> line.substring(0, line.indexOf('='))))
                .allMatch(name -> name.startsWith("HOLDFAST_")
                        || List.of("ZONE", "PATH", "LC_ALL", "PWD", "SHLVL", "_", "OLDPWD")
                                .contains(name));
    }

    @Test
    void failsWithItsExitCodeAndTheEndOfWhatItWrote() throws IOException {
        program(
                "fail.sh",
                "i=0; while [ $i -lt 3000 ]; do echo \"line $i\"; i=$((i+1)); done; printf 'bell\\007 end' >&2; exit 3");

        HoldfastException failed = refused("fail.sh", LONG);

        assertThat(failed.code().name()).isEqualTo("HOOK_FAILED");
        assertThat(failed).hasMessageContaining("exit code 3");
        String output = failed.details().get("evidence").toString();
        assertThat(output).startsWith("…").endsWith("line 2999\nbell end");
        assertThat(output.length()).isLessThanOrEqualTo(HookLimits.OUTPUT_BYTES + 1);
    }

    @Test
    void isKilledAtItsTimeoutWithEverythingThatItStartedWhoeverItsParentIs() throws IOException {
        Path pid = folder.resolve("pid");
        program("slow.sh", "setsid sh -c 'echo $$ > %s; exec sleep 1000' & echo begun; sleep 1000".formatted(pid));

        HoldfastException failed = refused("slow.sh", Duration.ofSeconds(3));

        assertThat(failed.code().name()).isEqualTo("HOOK_TIMED_OUT");
        assertThat(failed.details().get("evidence")).isEqualTo("begun");
        assertThat(Files.exists(pid)).as("the other process had begun").isTrue();
        long number = Long.parseLong(Files.readString(pid).strip());
        // Dead it is at once; it is a process until whoever inherited it has taken notice.
        Eventually.until(
                "it is gone", LONG, () -> assertThat(ProcessHandle.of(number).filter(ProcessHandle::isAlive))
                        .isEmpty());
    }

    /** As after SIGKILL of the service: nobody waits for the program any more, and it runs on. */
    @Test
    void endsWhatAnAttemptBeforeHasLeftRunning() throws IOException {
        ProcessBuilder orphan = new ProcessBuilder("sleep", "1000");
        orphan.environment().put(LeftProcesses.VARIABLE, key);
        Process left = orphan.start();
        ProcessBuilder stranger = new ProcessBuilder("sleep", "1000");
        stranger.environment().put(LeftProcesses.VARIABLE, key + "0");
        Process other = stranger.start();
        try {
            program("ok.sh", "exit 0");
            Eventually.until("both run", LONG, () -> assertThat(
                            Files.readString(Path.of("/proc", Long.toString(other.pid()), "environ")))
                    .contains(key + "0"));

            run("ok.sh", List.of(), Map.of(), LONG);

            assertThat(left.isAlive()).isFalse();
            assertThat(other.isAlive()).as("another hook's").isTrue();
        } finally {
            left.destroyForcibly();
            other.destroyForcibly();
        }
    }

    @Test
    void doesNotWaitForWhatItLeavesInTheBackground() throws IOException {
        program("daemon.sh", "sleep 1000 & echo started");
        try {
            assertThat(run("daemon.sh", List.of(), Map.of(), LONG).output()).isEqualTo("started");
        } finally {
            new LeftProcesses(key).end();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"missing.sh", "not-executable", "folder", "link.sh", "..", ".", "../outside.sh"})
    void isOnlyAnExecutableFileOfTheDirectory(String name) throws IOException {
        Path hooks = directory();
        Files.writeString(hooks.resolve("not-executable"), "#!/bin/sh\n");
        Files.createDirectory(hooks.resolve("folder"));
        program("real.sh", "exit 0");
        Files.move(hooks.resolve("real.sh"), folder.resolve("outside.sh"));
        Files.createSymbolicLink(hooks.resolve("link.sh"), folder.resolve("outside.sh"));

        assertThat(refused(name, LONG).code().name()).isEqualTo("HOOK_NOT_ALLOWED");
    }

    @Test
    void isNotAllowedUnlessTheSettingsSayWhere() {
        HookLimits none = new HookLimits(Optional.empty(), List.of(), Optional.empty());

        HoldfastException refused =
                catchThrowableOfType(HoldfastException.class, () -> run(none, "ok.sh", List.of(), Map.of(), LONG));

        assertThat(refused.code().name()).isEqualTo("HOOK_NOT_ALLOWED");
        assertThat(refused).hasMessageContaining("program-directory");
    }

    private Path directory() throws IOException {
        return Files.createDirectories(folder.resolve("hooks"));
    }

    private void program(String name, String script) throws IOException {
        Path file = directory().resolve(name);
        Files.writeString(file, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private HoldfastException refused(String name, Duration timeout) {
        return catchThrowableOfType(HoldfastException.class, () -> run(name, List.of(), Map.of(), timeout));
    }

    private StepResult.HookDone run(
            String name, List<String> arguments, Map<String, String> variables, Duration timeout) {
        HookLimits limits = new HookLimits(Optional.of(folder.resolve("hooks")), List.of(), Optional.empty());
        return run(limits, name, arguments, variables, timeout);
    }

    private StepResult.HookDone run(
            HookLimits limits, String name, List<String> arguments, Map<String, String> variables, Duration timeout) {
        HookCall.Program program = new HookCall.Program(name, arguments, variables);
        Hook hook = new Hook(
                "hook", program, timeout, 1, Duration.ofSeconds(1), true, Hook.OnUnknown.RUN_AGAIN, Optional.empty());
        HookRunner.Call call = new HookRunner.Call(hook, "run", "shop", "UNPLANNED", "app", "1.before-hook.1", 2, key);
        return new ProgramHooks(limits).run(call, program);
    }
}
