package io.holdfast.localsite.part;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps one part as it should be: the only place that changes its {@link PartState}.
 *
 * <p>Safe for use by several threads. Waiting (for readiness, for an end) happens outside the lock, so that a part that
 * is starting can be killed.
 */
final class PartKeeper {
    private static final Duration PROBE_INTERVAL = Duration.ofMillis(200);
    private static final Duration KILL_LIMIT = Duration.ofSeconds(10);

    private final PartRunner runner;
    private final RestartPolicy policy;
    private final PartListener listener;
    private final ScheduledExecutorService timer;
    private final ReentrantLock lock = new ReentrantLock();
    private final List<Instant> unaskedEnds = new ArrayList<>();

    private volatile PartState state = new PartState.Down(Instant.now());
    private RunningPart life;
    private boolean restarts;
    private boolean closed;

    PartKeeper(PartRunner runner, RestartPolicy policy, PartListener listener, ScheduledExecutorService timer) {
        this.runner = runner;
        this.policy = policy;
        this.listener = listener;
        this.timer = timer;
    }

    PartState state() {
        return state;
    }

    /** Whether the part answers its readiness probe now. */
    boolean isHealthy() {
        RunningPart present = present();
        return present != null && present.probe();
    }

    /** From now on an unasked end leads to a restart, as far as the policy allows. */
    void superviseFromNow() {
        lock.lock();
        try {
            restarts = true;
        } finally {
            lock.unlock();
        }
    }

    /** Launches the part and waits until it is ready; does nothing when it is. */
    void start() {
        RunningPart mine = launch();
        if (mine != null) {
            awaitReady(mine);
        }
    }

    private RunningPart launch() {
        lock.lock();
        try {
            if (closed) {
                throw refused("start", "the site is stopping");
            }
            return switch (state) {
                case PartState.Ready ready -> null;
                case PartState.Starting starting -> throw refused("start", "it is starting");
                case PartState.Stopping stopping -> throw refused("start", "it is stopping");
                case PartState.Down down -> launchNow();
                case PartState.Waiting waiting -> launchNow();
                case PartState.Failed failed -> launchNow();
            };
        } finally {
            lock.unlock();
        }
    }

    private RunningPart launchNow() {
        PartState.Starting starting = new PartState.Starting(Instant.now(), OptionalLong.empty());
        enter(starting, List.of());
        RunningPart launched;
        try {
            launched = runner.launch();
        } catch (RuntimeException failed) {
            endedUnasked("could not be launched: " + failed.getMessage(), List.of());
            throw failed;
        }
        life = launched;
        enter(starting.launched(launched.pid()), List.of());
        launched.ended().thenAcceptAsync(reason -> onEnd(launched, reason), Thread::startVirtualThread);
        return launched;
    }

    private void awaitReady(RunningPart mine) {
        long limitAt = System.nanoTime() + runner.startLimit().toNanos();
        while (!mine.probe()) {
            if (mine.ended().isDone()) {
                throw failed(mine, mine.ended().join() + " before it was ready");
            }
            if (System.nanoTime() - limitAt > 0) {
                endNow(mine);
                throw failed(
                        mine,
                        "was not ready after %d s".formatted(runner.startLimit().toSeconds()));
            }
            awaitEnd(mine, PROBE_INTERVAL);
        }
        lock.lock();
        try {
            if (life == mine && state instanceof PartState.Starting starting) {
                enter(starting.ready(Instant.now()), List.of());
            }
        } finally {
            lock.unlock();
        }
    }

    private HoldfastException failed(RunningPart mine, String what) {
        String log = String.join(System.lineSeparator() + "    ", mine.lastLogLines());
        return new HoldfastException(
                LocalSiteError.LOCAL_SITE_PART_FAILED,
                "%s %s.%s"
                        .formatted(
                                runner.part(),
                                what,
                                log.isEmpty()
                                        ? " Its log is empty."
                                        : " Its last log lines:" + System.lineSeparator() + "    " + log));
    }

    /** Asks the part to end, waits for its limit, then kills it. Does nothing when it is down. */
    void stop() {
        RunningPart mine = beginStop(true);
        if (mine == null) {
            return;
        }
        mine.requestStop();
        if (!awaitEnd(mine, runner.stopLimit())) {
            endNow(mine);
        }
        onEnd(mine, "stopped");
    }

    /** Ends the part at once; it stays down until somebody starts it. */
    void kill() {
        RunningPart mine = beginStop(false);
        if (mine != null) {
            awaitEnd(mine, KILL_LIMIT);
            onEnd(mine, "killed");
        }
    }

    /** Stops the part for good: nothing starts it again. */
    void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        stop();
    }

    private RunningPart beginStop(boolean orderly) {
        lock.lock();
        try {
            return switch (state) {
                case PartState.Down down -> null;
                case PartState.Stopping stopping -> life;
                case PartState.Waiting waiting -> down();
                case PartState.Failed failed -> down();
                case PartState.Starting starting -> stopping(orderly);
                case PartState.Ready ready -> stopping(orderly);
            };
        } finally {
            lock.unlock();
        }
    }

    private RunningPart down() {
        enter(new PartState.Down(Instant.now()), List.of());
        return null;
    }

    private RunningPart stopping(boolean orderly) {
        if (!orderly) {
            // Before the state changes: a part without a process of its own refuses, and stays as it is.
            life.kill();
        }
        enter(new PartState.Stopping(Instant.now(), state.processId()), List.of());
        return life;
    }

    private void onEnd(RunningPart ended, String reason) {
        lock.lock();
        try {
            if (life != ended || !ended.ended().isDone()) {
                return;
            }
            life = null;
            switch (state) {
                case PartState.Stopping stopping -> enter(new PartState.Down(Instant.now()), List.of());
                case PartState.Starting starting -> endedUnasked(reason, ended.lastLogLines());
                case PartState.Ready ready -> endedUnasked(reason, ended.lastLogLines());
                case PartState.Down down -> throw new IllegalStateException(runner.part() + " ended while down");
                case PartState.Waiting waiting ->
                    throw new IllegalStateException(runner.part() + " ended while waiting");
                case PartState.Failed failed -> throw new IllegalStateException(runner.part() + " ended while failed");
            }
        } finally {
            lock.unlock();
        }
    }

    private void endedUnasked(String reason, List<String> lastLogLines) {
        Instant now = Instant.now();
        unaskedEnds.add(now);
        if (unaskedEnds.size() > policy.attempts() + 1) {
            unaskedEnds.removeFirst();
        }
        if (!restarts || closed) {
            enter(new PartState.Failed(now, reason), lastLogLines);
            return;
        }
        switch (policy.decide(unaskedEnds, now)) {
            case RestartPolicy.Decision.GiveUp giveUp ->
                enter(new PartState.Failed(now, reason + "; " + giveUp.reason()), lastLogLines);
            case RestartPolicy.Decision.Restart restart -> {
                PartState.Waiting waiting = new PartState.Waiting(now, now.plus(restart.after()), reason);
                enter(waiting, lastLogLines);
                timer.schedule(
                        () -> Thread.startVirtualThread(() -> startIfStill(waiting)),
                        restart.after().toMillis(),
                        TimeUnit.MILLISECONDS);
            }
        }
    }

    private void startIfStill(PartState.Waiting waiting) {
        RunningPart mine;
        lock.lock();
        try {
            if (state != waiting || closed) {
                return;
            }
            mine = launchNow();
        } catch (RuntimeException launchFailed) {
            return; // endedUnasked has reported it and decided what comes next.
        } finally {
            lock.unlock();
        }
        try {
            awaitReady(mine);
        } catch (HoldfastException notReady) {
            // The end of this life is reported and judged by onEnd, as any other unasked end.
        }
    }

    private void enter(PartState next, List<String> lastLogLines) {
        state = next;
        listener.changed(runner.part(), next, lastLogLines);
    }

    private RunningPart present() {
        lock.lock();
        try {
            return life;
        } finally {
            lock.unlock();
        }
    }

    private static void endNow(RunningPart mine) {
        try {
            mine.kill();
        } catch (HoldfastException noProcessOfItsOwn) {
            mine.requestStop();
        }
        awaitEnd(mine, KILL_LIMIT);
    }

    private static boolean awaitEnd(RunningPart mine, Duration limit) {
        try {
            mine.ended().get(limit.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException stillRunning) {
            return false;
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("a part's end never completes exceptionally", impossible);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_PART_FAILED, "Interrupted while waiting for a part.", interrupted);
        }
    }

    private HoldfastException refused(String action, String why) {
        return new HoldfastException(
                LocalSiteError.LOCAL_SITE_ACTION_REFUSED,
                "%s cannot be told to %s: %s.".formatted(runner.part(), action, why));
    }
}
