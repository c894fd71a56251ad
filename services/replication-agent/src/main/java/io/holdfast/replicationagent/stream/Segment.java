package io.holdfast.replicationagent.stream;

import java.nio.ByteBuffer;

/**
 * One borrowed piece of ring memory. It goes back to the pool when no unacknowledged batch lies in it, nothing is appended to it any more
 * and no sender reads it.
 *
 * <p>Threads: guarded by the stream's lock.
 */
final class Segment {
    final ByteBuffer buffer;
    /** Sealed batches in here that are not acknowledged. */
    int batches;
    /** Senders that read a batch in here right now. */
    int pins;
    /** Whether records are still appended. */
    boolean open = true;

    Segment(ByteBuffer buffer) {
        this.buffer = buffer;
    }

    boolean isUnused() {
        return !open && batches == 0 && pins == 0;
    }
}
