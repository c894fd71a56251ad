package io.holdfast.replicationrouter.flow;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;

/**
 * Bounds the bytes between an agent's frame and Kafka's answer, over all sessions. While the budget is used up nobody is asked
 * for another frame: HTTP/2 flow control stops the agents, their rings fill, and the router's memory stays where it is.
 *
 * <p>The bound may be passed by one frame per session, because the size of a frame is known only when it is there.
 * Waiting parties are served first come, first served, each with one frame. Not thread-safe.
 *
 * @param <W> a waiting party
 */
public final class InFlightBudget<W> {
    /** What a batch counts at least: tiny ones cost objects and pool chunks, not their bytes. */
    public static final int MIN_CHARGE_BYTES = 4096;

    private final long limitBytes;
    private final Queue<W> waiting = new ArrayDeque<>();
    private final Set<W> waitingSet = new HashSet<>();
    private long usedBytes;

    public InFlightBudget(long limitBytes) {
        if (limitBytes < MIN_CHARGE_BYTES) {
            throw new IllegalArgumentException("a budget of at least " + MIN_CHARGE_BYTES + " bytes is needed");
        }
        this.limitBytes = limitBytes;
    }

    /** What a batch of so many bytes is charged. */
    public static long chargeOf(int sizeBytes) {
        return Math.max(sizeBytes, MIN_CHARGE_BYTES);
    }

    public void take(long bytes) {
        usedBytes += bytes;
    }

    public void release(long bytes) {
        usedBytes -= bytes;
        if (usedBytes < 0) {
            throw new IllegalStateException("more bytes were released than taken: " + usedBytes);
        }
    }

    /**
     * Asks for one more frame.
     *
     * @return true: now; false: the party is queued and {@link #nextWaiting} names it when there is room
     */
    public boolean admit(W party) {
        if (open() && waiting.isEmpty()) {
            return true;
        }
        if (waitingSet.add(party)) {
            waiting.add(party);
        }
        return false;
    }

    /** The next party that may send a frame; empty when there is no room or nobody waits. */
    public Optional<W> nextWaiting() {
        if (!open()) {
            return Optional.empty();
        }
        W next = waiting.poll();
        if (next != null) {
            waitingSet.remove(next);
        }
        return Optional.ofNullable(next);
    }

    /** Whether the party is held back by the budget; its silence says nothing about its health then. */
    public boolean isWaiting(W party) {
        return waitingSet.contains(party);
    }

    public void leave(W party) {
        if (waitingSet.remove(party)) {
            waiting.remove(party);
        }
    }

    public long usedBytes() {
        return usedBytes;
    }

    private boolean open() {
        return usedBytes < limitBytes;
    }
}
