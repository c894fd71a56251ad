package io.holdfast.replicationagent.machine;

import io.holdfast.replicationagent.machine.MachineRunner.RunningMachine;
import io.holdfast.replicationagent.machine.guest.AddressWork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * Gives the guest its addresses and tries the machine's probes, side by side, each every second, until it has passed once.
 *
 * <p>Threads: any; {@link #printed} one at a time.
 */
final class Readiness implements AutoCloseable {
    static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final String PASSED = "";
    private static final String NOT_TRIED = "has not been tried yet";
    private static final int MAX_REASON = 300;

    private final List<Check> checks = new ArrayList<>();
    private final Runnable changed;
    private final AtomicReferenceArray<String> reasons;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();

    /** @param wanted what has to be printed; empty = there is something to be tried */
    private record Check(String name, Optional<String> wanted) {}

    /** @param changed called when a probe has passed, or fails for another reason than before; must not block */
    Readiness(MachineOrder order, RunningMachine machine, ProbeRunner runner, Runnable changed) {
        this.changed = changed;
        this.reasons = new AtomicReferenceArray<>(order.probes().size() + 1);
        if (!order.addresses().isEmpty()) {
            // In this place, so that it is what a person reads first: the probes wait for it.
            tried("addresses of the guest", () -> AddressWork.attempt(machine.guest(), order.addressesByMac()));
        }
        for (ReadinessProbe probe : order.probes()) {
            switch (probe) {
                case ReadinessProbe.Network network -> tried(probe.describe(), () -> runner.attempt(order, network));
                case ReadinessProbe.GuestAgent _ -> tried(probe.describe(), machine::probeGuestAgent);
                case ReadinessProbe.Console wanted -> {
                    reasons.set(checks.size(), "the text has not been printed yet");
                    checks.add(new Check(probe.describe(), Optional.of(wanted.text())));
                }
            }
        }
        threads.forEach(Thread::start);
    }

    private void tried(String name, Supplier<Optional<String>> attempt) {
        reasons.set(checks.size(), NOT_TRIED);
        repeat(checks.size(), attempt);
        checks.add(new Check(name, Optional.empty()));
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
        for (int i = 0; i < checks.size(); i++) {
            if (checks.get(i).wanted().filter(console::contains).isPresent() && !hasPassed(i)) {
                note(i, PASSED);
            }
        }
    }

    boolean allPassed() {
        for (int i = 0; i < checks.size(); i++) {
            if (!hasPassed(i)) {
                return false;
            }
        }
        return true;
    }

    /** The first probe that has not passed, and why; empty = all have. */
    String problem() {
        for (int i = 0; i < checks.size(); i++) {
            String reason = reasons.get(i);
            if (!reason.equals(PASSED)) {
                return "probe %d of %d (%s): %s"
                        .formatted(i + 1, checks.size(), checks.get(i).name(), reason);
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
