package io.holdfast.recoveryplan.adapter.hook;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.recoveryplan.execution.HookRunner;
import io.holdfast.recoveryplan.plan.HookCall;
import io.holdfast.recoveryplan.run.Failure;
import io.holdfast.recoveryplan.run.HookError;
import io.holdfast.recoveryplan.run.StepResult;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Programs of a directory, as processes with an environment of their own: nothing of this service's settings or secrets is in it. */
final class ProgramHooks {
    /** From the end of the program until what it wrote is read; a process that it leaves behind may keep the pipe open. */
    private static final long REST_MS = 1_000;

    private final HookLimits limits;

    ProgramHooks(HookLimits limits) {
        this.limits = limits;
    }

    StepResult.HookDone run(HookRunner.Call call, HookCall.Program program) {
        Path file = file(program.program());
        LeftProcesses left = new LeftProcesses(call.idempotencyKey());
        left.end();
        Process process = start(call, program, file);
        Output output = new Output();
        Thread reader = Thread.ofVirtual().name("hook-output").start(() -> read(process.getInputStream(), output));
        try {
            if (!process.waitFor(call.hook().timeout().toMillis(), TimeUnit.MILLISECONDS)) {
                left.end();
                reader.join(REST_MS);
                throw failed(
                        HookError.HOOK_TIMED_OUT,
                        "'%s' did not end within %s and was killed"
                                .formatted(program.program(), call.hook().timeout()),
                        output);
            }
            reader.join(REST_MS);
        } catch (InterruptedException stopping) {
            left.end();
            Thread.currentThread().interrupt();
            throw failed(HookError.HOOK_NO_ANSWER, "the service is being stopped", output);
        }
        if (process.exitValue() != 0) {
            throw failed(
                    HookError.HOOK_FAILED,
                    "'%s' ended with exit code %d".formatted(program.program(), process.exitValue()),
                    output);
        }
        return new StepResult.HookDone("'%s' ended with exit code 0".formatted(program.program()), output.text());
    }

    /** The name was checked to be no path; what it names has to lie in the directory itself. */
    Path file(String name) {
        Path directory = limits.programs()
                .orElseThrow(() ->
                        notAllowed("no program is allowed: holdfast.recovery-plan.hooks.program-directory is not set"));
        Path file = directory.resolve(name);
        boolean inside = file.getParent() != null && file.getParent().equals(directory);
        if (!inside || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || !Files.isExecutable(file)) {
            throw notAllowed("the directory of hooks has no executable file '%s'".formatted(name));
        }
        return file;
    }

    private static Process start(HookRunner.Call call, HookCall.Program program, Path file) {
        List<String> command = new ArrayList<>();
        command.add(file.toString());
        command.addAll(program.arguments());
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(file.getParent().toFile())
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true);
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        environment.put("LC_ALL", "C.UTF-8");
        environment.putAll(program.environment());
        environment.put("HOLDFAST_RUN_ID", call.runId());
        environment.put("HOLDFAST_PLAN", call.plan());
        environment.put("HOLDFAST_MODE", call.mode());
        environment.put("HOLDFAST_GROUP", call.group());
        environment.put("HOLDFAST_STEP", call.stepId());
        environment.put("HOLDFAST_ATTEMPT", Integer.toString(call.attempt()));
        environment.put(LeftProcesses.VARIABLE, call.idempotencyKey());
        try {
            return builder.start();
        } catch (IOException notStarted) {
            throw notAllowed("'%s' cannot be started: %s".formatted(program.program(), notStarted.getMessage()));
        }
    }

    private static void read(InputStream in, Output output) {
        byte[] part = new byte[4096];
        try (in) {
            for (int read = in.read(part); read >= 0; read = in.read(part)) {
                output.add(part, 0, read);
            }
        } catch (IOException closed) {
            // It was killed; what it wrote before is there.
            return;
        }
    }

    private static HoldfastException notAllowed(String message) {
        return new HoldfastException(HookError.HOOK_NOT_ALLOWED, message);
    }

    private static HoldfastException failed(HookError code, String message, Output output) {
        return new HoldfastException(code, message, Map.of(Failure.EVIDENCE, output.text()));
    }
}
