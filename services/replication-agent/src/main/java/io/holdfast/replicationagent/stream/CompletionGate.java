package io.holdfast.replicationagent.stream;

import io.holdfast.kernel.id.CheckpointId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/**
 * Between the end of a write and the guest's being told of it, for all volumes of one group on this agent (docs/checkpoint-protocol.md, several streams).
 * Open nearly always; closed for the milliseconds in which the agents of a group put their markers.
 *
 * <p>The order that everything rests on: the gate is closed <em>before</em> the marker is appended, and a write passes the gate <em>after</em> it was appended. So a
 * write behind the marker always finds the gate closed, or opened again by the end of that very hold.
 *
 * <p>A write waits for one hold at most, the one that it met: a hold that begins later has its marker behind the write. Only writes, zeroings and trims pass here.
 * Reads and flushes say nothing new to a guest about writes that it was not told of.
 *
 * <p>Threads: any.
 */
public final class CompletionGate {
    private final LongSupplier nanoClock;
    private final AtomicReference<Hold> current = new AtomicReference<>();

    CompletionGate(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** Called after a write was appended (or noted), before its guest is told. Waits while a hold is on. */
    void pass() {
        Hold hold = current.get();
        if (hold != null) {
            hold.await();
        }
    }

    /** Closes the gate; empty when it is closed already. */
    Optional<Hold> close(CheckpointId checkpoint, Duration limit) {
        Hold hold = new Hold(this, checkpoint, limit.toNanos(), nanoClock);
        return current.compareAndSet(null, hold) ? Optional.of(hold) : Optional.empty();
    }

    /** Ends the hold that is on, if one is: what it was for does not exist any more. */
    void expire() {
        Hold hold = current.get();
        if (hold != null) {
            hold.expire();
        }
    }

    void opened(Hold hold) {
        current.compareAndSet(hold, null);
    }
}
