package io.holdfast.replicationagent.stream;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;

/**
 * The side of a stream that a session with a router uses: batches out, acknowledgements in.
 *
 * <p>Threads: any; one session at a time takes batches.
 */
public final class StreamOutlet {
    private final StreamCore core;

    StreamOutlet(StreamCore core) {
        this.core = core;
    }

    /** Where a session goes on. */
    public record Resume(Epoch epoch, Seq next) {}

    /** A new session begins: everything unacknowledged is sent again. Returns the epoch and the seq of the first batch. */
    public Resume resume() {
        return core.ask(() -> {
            core.ring.rewind();
            return new Resume(core.epoch, new Seq(core.ring.ackedSeq() + 1));
        });
    }

    /** The next batch to send, or null when there is none yet. The caller closes it. */
    public OutgoingBatch takeNext(long lingerNanos) {
        return core.ask(() -> {
            Batch batch = core.isMoving() ? core.ring.takeNext(core.table, System.nanoTime(), lingerNanos) : null;
            return batch == null ? null : outgoing(batch);
        });
    }

    /** Bytes of the records in the batch that {@link #takeNext} would give now; 0 = it would give none. */
    public long nextBytes(long lingerNanos) {
        return core.ask(() -> core.isMoving() ? core.ring.nextBytes(core.table, System.nanoTime(), lingerNanos) : 0);
    }

    private OutgoingBatch outgoing(Batch batch) {
        return new OutgoingBatch(
                core.id,
                core.epoch,
                new Seq(batch.firstSeq),
                batch.recordCount,
                batch.volumes,
                batch.segment.buffer.slice(batch.from, batch.to - batch.from).asReadOnlyBuffer(),
                batch.marker,
                batch.markerAsOfMicros,
                batch.newestMicros,
                () -> core.locked(() -> core.ring.unpin(batch.segment)));
    }

    /** How long {@link #takeNext} has nothing for sure unless something is appended; {@link Long#MAX_VALUE} = for ever. */
    public long nanosUntilNext(long lingerNanos) {
        return core.ask(
                () -> core.isMoving() ? core.ring.nanosUntilNext(System.nanoTime(), lingerNanos) : Long.MAX_VALUE);
    }

    public void countSent(long bytes) {
        core.locked(() -> core.sentBytes += bytes);
    }

    /**
     * Everything up to {@code seq} is durable. An acknowledgement of another epoch, or of what was never appended, changes nothing.
     *
     * @return whether it was taken
     */
    public boolean ack(Epoch epoch, Seq seq) {
        boolean fits = core.ask(() -> {
            boolean known = !core.ended && core.epoch.equals(epoch) && seq.value() <= core.ring.newestSeq();
            if (known) {
                core.ring.ack(seq.value());
            }
            return known;
        });
        if (fits) {
            core.listener.copyable();
        }
        return fits;
    }
}
