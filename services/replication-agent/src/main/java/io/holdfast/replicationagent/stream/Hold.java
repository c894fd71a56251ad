package io.holdfast.replicationagent.stream;

import io.holdfast.kernel.id.CheckpointId;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/**
 * One closing of a {@link CompletionGate}: from the router's Hold to its Release, or to the end of the limit.
 *
 * <pre>
 *  closed ──release()──► RELEASED      no completion went on before the router had said so
 *     └─────expire()───► EXPIRED       completions went on by themselves; the checkpoint of this hold is worth nothing
 * </pre>
 *
 * The first of the two decides, once and for all: whoever is told RELEASED knows that no write that was held here was completed before. The limit does not
 * depend on any timer: every held write watches the clock itself.
 *
 * <p>Threads: any.
 */
public final class Hold {
    /** How a hold ended. */
    public enum End {
        RELEASED,
        EXPIRED
    }

    private final CompletionGate gate;
    private final CheckpointId checkpoint;
    private final LongSupplier nanoClock;
    private final long closedAtNanos;
    private final long limitNanos;
    private final AtomicReference<End> end = new AtomicReference<>();
    private final CountDownLatch opened = new CountDownLatch(1);
    private volatile long heldNanos;

    Hold(CompletionGate gate, CheckpointId checkpoint, long limitNanos, LongSupplier nanoClock) {
        this.gate = gate;
        this.checkpoint = checkpoint;
        this.limitNanos = limitNanos;
        this.nanoClock = nanoClock;
        this.closedAtNanos = nanoClock.getAsLong();
    }

    /** The order of the router that this hold belongs to. */
    public CheckpointId checkpoint() {
        return checkpoint;
    }

    /** The router says that all agents hold. Does nothing when the hold has ended. */
    public void release() {
        finish(End.RELEASED);
    }

    /** Completions go on without the router. Does nothing when the hold has ended. */
    public void expire() {
        finish(End.EXPIRED);
    }

    private void finish(End how) {
        if (end.compareAndSet(null, how)) {
            heldNanos = nanoClock.getAsLong() - closedAtNanos;
            gate.opened(this);
            opened.countDown();
        }
    }

    /** Waits until completions may go on, and ends the hold when its limit is over. Not ended by interrupts, which stay pending. */
    public End await() {
        boolean interrupted = false;
        try {
            while (opened.getCount() > 0) {
                long left = limitNanos - (nanoClock.getAsLong() - closedAtNanos);
                if (left <= 0) {
                    expire();
                }
                try {
                    opened.await(Math.max(left, 1), TimeUnit.NANOSECONDS);
                } catch (InterruptedException kept) {
                    interrupted = true;
                }
            }
            return end.get();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** From closing to opening; 0 until then. */
    public long heldNanos() {
        return heldNanos;
    }
}
