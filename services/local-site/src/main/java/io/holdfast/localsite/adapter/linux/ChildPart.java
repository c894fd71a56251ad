package io.holdfast.localsite.adapter.linux;

import io.holdfast.localsite.part.RunningPart;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/** A part that is a child process: its output goes to its log, its end is noticed at once. */
public final class ChildPart implements RunningPart {
    private final Process process;
    private final RotatingLog log;
    private final BooleanSupplier probe;
    private final Runnable orderlyStop;
    private final CompletableFuture<String> ended;

    /**
     * @param probe asks the part whether it is ready; bounded, never throws
     * @param orderlyStop how it is asked to end, given that SIGTERM is not right for every part
     */
    public ChildPart(Process process, RotatingLog log, BooleanSupplier probe, Runnable orderlyStop) {
        this.process = process;
        this.log = log;
        this.probe = probe;
        this.orderlyStop = orderlyStop;
        Thread pump = Thread.ofPlatform()
                .daemon()
                .name("log-of-" + process.pid())
                .start(() -> log.copyFrom(process.getInputStream()));
        this.ended = process.onExit().thenApplyAsync(done -> {
            awaitLog(pump);
            log.close();
            return describe(done.exitValue());
        });
    }

    /** A part that ends on SIGTERM. */
    public static ChildPart endingOnTerm(Process process, RotatingLog log, BooleanSupplier probe) {
        return new ChildPart(process, log, probe, process::destroy);
    }

    /** The log's last lines say why it ended; grandchildren may hold the pipe open, so this waits a second at most. */
    private static void awaitLog(Thread pump) {
        try {
            pump.join(1_000);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static String describe(int exitValue) {
        // The JDK reports an end by signal as 128 + signal, as a shell does.
        return exitValue > 128
                ? "was ended by signal %d".formatted(exitValue - 128)
                : "ended with exit code %d".formatted(exitValue);
    }

    @Override
    public OptionalLong pid() {
        return OptionalLong.of(process.pid());
    }

    @Override
    public CompletableFuture<String> ended() {
        return ended;
    }

    @Override
    public boolean probe() {
        return process.isAlive() && probe.getAsBoolean();
    }

    @Override
    public void requestStop() {
        orderlyStop.run();
    }

    @Override
    public void kill() {
        process.destroyForcibly();
    }

    @Override
    public List<String> lastLogLines() {
        return log.newestLines();
    }
}
