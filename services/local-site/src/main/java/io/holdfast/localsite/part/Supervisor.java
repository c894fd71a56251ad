package io.holdfast.localsite.part;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;

/**
 * All parts of one site together: starts them in order, acts on single ones, stops them in order.
 *
 * <p>Safe for use by several threads.
 */
public final class Supervisor implements AutoCloseable {
    private final Map<Part, PartKeeper> keepers = new EnumMap<>(Part.class);
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("local-site-restarts").factory());

    public Supervisor(Collection<PartRunner> runners, RestartPolicy policy, PartListener listener) {
        for (PartRunner runner : runners) {
            keepers.put(runner.part(), new PartKeeper(runner, policy, listener, timer));
        }
    }

    public Set<Part> parts() {
        return keepers.keySet();
    }

    private record Outcome(Part part, RuntimeException failure) {}

    /**
     * Starts every part, those that need others after them, and returns when all are ready.
     *
     * @throws HoldfastException the first failure ({@code LOCAL_SITE_PART_FAILED} as a rule); parts that run by then go
     *     on running, and the caller closes
     */
    public void startAll(int parallel) {
        StartOrder order = new StartOrder(keepers.keySet(), parallel);
        Set<Part> ready = EnumSet.noneOf(Part.class);
        Set<Part> starting = EnumSet.noneOf(Part.class);
        BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();
        while (ready.size() < keepers.size()) {
            for (Part part : order.next(ready, starting)) {
                starting.add(part);
                Thread.startVirtualThread(() -> outcomes.add(startOne(part)));
            }
            Outcome outcome = take(outcomes);
            if (outcome.failure() != null) {
                throw outcome.failure();
            }
            starting.remove(outcome.part());
            ready.add(outcome.part());
        }
        keepers.values().forEach(PartKeeper::superviseFromNow);
    }

    private Outcome startOne(Part part) {
        try {
            keeper(part).start();
            return new Outcome(part, null);
        } catch (RuntimeException failure) {
            return new Outcome(part, failure);
        }
    }

    private static Outcome take(BlockingQueue<Outcome> outcomes) {
        try {
            return outcomes.take();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_PART_FAILED, "Interrupted while the site was starting.", interrupted);
        }
    }

    /** Launches one part and waits until it is ready; does nothing when it is. */
    public void start(Part part) {
        keeper(part).start();
    }

    /** Ends one part in an orderly way and leaves it down. */
    public void stop(Part part) {
        keeper(part).stop();
    }

    /**
     * Ends one part at once (SIGKILL) and leaves it down.
     *
     * @throws HoldfastException {@code LOCAL_SITE_ACTION_REFUSED} when it has no process of its own
     */
    public void kill(Part part) {
        keeper(part).kill();
    }

    public PartState state(Part part) {
        return keeper(part).state();
    }

    /** Whether the part answers its readiness probe now; asks it, so it takes up to two seconds. */
    public boolean isHealthy(Part part) {
        return keeper(part).isHealthy();
    }

    /** Stops everything in {@link Part#STOP_ORDER}; bounded by the sum of the limits of the groups. */
    @Override
    public void close() {
        for (Set<Part> group : Part.STOP_ORDER) {
            List<Thread> stopping = group.stream()
                    .filter(keepers::containsKey)
                    .map(part -> Thread.startVirtualThread(() -> keeper(part).close()))
                    .toList();
            for (Thread thread : stopping) {
                try {
                    thread.join();
                } catch (InterruptedException interrupted) {
                    // Leaving now would orphan processes; the interrupt is kept for the caller.
                    Thread.currentThread().interrupt();
                    break;
                }
            }
        }
        timer.shutdownNow();
    }

    private PartKeeper keeper(Part part) {
        PartKeeper keeper = keepers.get(part);
        if (keeper == null) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_PART_UNKNOWN, "This site runs without %s.".formatted(part));
        }
        return keeper;
    }
}
