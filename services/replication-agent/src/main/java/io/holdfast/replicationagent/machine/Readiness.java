package io.holdfast.replicationagent.machine;

import io.holdfast.replicationagent.machine.MachineRunner.RunningMachine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * Tries a machine's probes, side by side, each every second, until it has passed once.
 *
 * <p>Threads: any; {@link #printed} one at a time.
 */
final class Readiness implements AutoCloseable {
    static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final String PASSED = "";
    private static final String NOT_TRIED = "has not been tried yet";
    private static final int MAX_REASON = 300;

    private final List<ReadinessProbe> probes;
    private final Runnable changed;
    private final AtomicReferenceArray<String> reasons;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();

    /** @param changed called when a probe has passed, or fails for another reason than before; must not block */
    Readiness(MachineOrder order, RunningMachine machine, ProbeRunner runner, Runnable changed) {
        this.probes = order.probes();
        this.changed = changed;
        this.reasons = new AtomicReferenceArray<>(probes.size());
        for (int i = 0; i < probes.size(); i++) {
            int index = i;
            reasons.set(i, NOT_TRIED);
            switch (probes.get(i)) {
                case ReadinessProbe.Network network -> repeat(index, () -> runner.attempt(order, network));
                case ReadinessProbe.GuestAgent _ -> repeat(index, machine::probeGuestAgent);
                case ReadinessProbe.Console _ -> reasons.set(i, "the text has not been printed yet");
            }
        }
        threads.forEach(Thread::start);
    }

    private void repeat(int index, Supplier<Optional<String>> attempt) {
        threads.add(Thread.ofVirtual().name("holdfast-probe-" + index).unstarted(() -> {
            try {
                do {
                    note(index, attempt.get().orElse(PASSED));
                } while (!hasPassed(index) && !closing.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS));
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        }));
    }

    private void note(int index, String reason) {
        String text = reason.length() <= MAX_REASON ? reason : reason.substring(0, MAX_REASON) + "…";
        if (!reasons.getAndSet(index, text).equals(text)) {
            changed.run();
        }
    }

    private boolean hasPassed(int index) {
        return reasons.get(index).equals(PASSED);
    }

    /** To be called with everything that the guest prints, so that no text is missed. */
    void printed(String console) {
        for (int i = 0; i < probes.size(); i++) {
            if (probes.get(i) instanceof ReadinessProbe.Console wanted
                    && !hasPassed(i)
                    && console.contains(wanted.text())) {
                note(i, PASSED);
            }
        }
    }

    boolean allPassed() {
        for (int i = 0; i < probes.size(); i++) {
            if (!hasPassed(i)) {
                return false;
            }
        }
        return true;
    }

    /** The first probe that has not passed, and why; empty = all have. */
    String problem() {
        for (int i = 0; i < probes.size(); i++) {
            String reason = reasons.get(i);
            if (!reason.equals(PASSED)) {
                return "probe %d of %d (%s): %s"
                        .formatted(i + 1, probes.size(), probes.get(i).describe(), reason);
            }
        }
        return "";
    }

    /** Begins no attempt any more; one under way ends by its own limit. */
    @Override
    public void close() {
        closing.countDown();
    }
}
