package io.holdfast.localsite.cli;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import io.holdfast.localsite.adapter.json.StateFile;
import io.holdfast.localsite.plan.SiteDirectory;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs {@code local-site up} as a process that outlives this one, and shows its progress until the site is ready. */
final class Background {
    private static final long LOOK_MILLIS = 100;
    private static final long LIMIT_SECONDS = 300;

    private final SiteDirectory directory;
    private final PrintWriter out;

    Background(SiteDirectory directory, PrintWriter out) {
        this.directory = directory;
        this.out = out;
    }

    /**
     * @param arguments of the command to run, {@code up} included
     * @return the exit code: 0 when the site is ready, else the one it ended with
     */
    int up(List<String> arguments) throws InterruptedException {
        Path log = directory.ownLog();
        try {
            Files.createDirectories(log.getParent());
            Files.writeString(log, "");
            Process process = new ProcessBuilder(command(arguments))
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .redirectInput(Path.of("/dev/null").toFile())
                    .start();
            return follow(process, log);
        } catch (IOException failed) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_DIRECTORY_UNUSABLE,
                    "The site cannot be started in the background with its log in %s: %s."
                            .formatted(log, failed.getMessage()),
                    failed);
        }
    }

    /** In a session of its own, so that closing the terminal does not end it. */
    private static List<String> command(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(
                "setsid",
                Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(arguments);
        return command;
    }

    private int follow(Process process, Path log) throws IOException, InterruptedException {
        long limitAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        try (RandomAccessFile reader = new RandomAccessFile(log.toFile(), "r")) {
            while (System.nanoTime() < limitAt) {
                boolean ended = process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                boolean ready = isReady(process.pid());
                copyNew(reader);
                if (ended) {
                    return process.exitValue();
                }
                if (ready) {
                    out.println();
                    out.println("The site runs in the background (process %d); its own log is %s."
                            .formatted(process.pid(), log));
                    out.flush();
                    return 0;
                }
            }
        }
        process.destroy();
        throw new HoldfastException(
                LocalSiteError.LOCAL_SITE_PART_FAILED,
                "The site was not ready after %d s; its log is %s.".formatted(LIMIT_SECONDS, log));
    }

    private boolean isReady(long pid) {
        try {
            return new StateFile(directory.state())
                    .read()
                    .filter(state -> state.pid() == pid && state.phase().equals("READY"))
                    .isPresent();
        } catch (HoldfastException fromAnEarlierRun) {
            return false;
        }
    }

    private void copyNew(RandomAccessFile reader) throws IOException {
        byte[] fresh = new byte[(int) Math.min(1 << 20, reader.length() - reader.getFilePointer())];
        reader.readFully(fresh);
        out.print(new String(fresh, StandardCharsets.UTF_8));
        out.flush();
    }
}
