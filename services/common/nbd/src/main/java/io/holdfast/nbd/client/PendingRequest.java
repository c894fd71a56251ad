package io.holdfast.nbd.client;

import io.holdfast.nbd.Extent;
import io.holdfast.nbd.NbdException;
import io.holdfast.nbd.NbdIoException;
import io.holdfast.nbd.wire.Transmission;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * A request that was or will be sent, until it is answered. The reader thread fills it in and completes it exactly once; until then
 * the destination belongs to that thread.
 */
final class PendingRequest {
    final int command;
    final long offset;
    final long count;
    /** Where a read goes: {@code count} bytes from its position. Null for others. */
    final ByteBuffer destination;

    final long startedAt = System.nanoTime();
    private final CountDownLatch answered = new CountDownLatch(1);

    /** Bytes of a read that have arrived. */
    long coveredBytes;

    List<Extent> extents;
    /** What a chunk before the final one complained about. */
    NbdException complaint;

    private NbdIoException failure;

    PendingRequest(int command, long offset, long count, ByteBuffer destination) {
        this.command = command;
        this.offset = offset;
        this.count = count;
        this.destination = destination;
    }

    void complete(NbdIoException outcome) {
        failure = outcome;
        answered.countDown();
    }

    /** Waits for the answer; an interrupt is kept for later, because the destination must not be abandoned while it is being filled. */
    void await() throws NbdIoException {
        boolean interrupted = false;
        while (true) {
            try {
                answered.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (failure instanceof NbdException refused) {
            // A new one, so that the stack trace shows the caller.
            throw new NbdException(refused.error(), refused.getMessage(), refused);
        } else if (failure != null) {
            throw failure;
        }
    }

    @Override
    public String toString() {
        return Transmission.commandName(command) + " offset " + offset + ", count " + count;
    }
}
