package io.holdfast.replicationagent.stream;

import io.holdfast.changestream.RecordCodec;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;

/**
 * A stream's unacknowledged records, encoded, in order, in bounded memory (glossary: ring).
 *
 * <pre>
 *  segment            segment            segment (open)
 * +----+-----+-----+ +----------------+ +-----+- - - - - - +
 * | b1 | b2  | b3  | | b4             | | b5  | open batch |
 * +----+-----+-----+ +----------------+ +-----+- - - - - - +
 *   ^ oldest, freed by ack         ^ cursor: next to send
 * </pre>
 *
 * A record never crosses a segment and a batch neither, so a batch's body is one slice. A segment counts as used with its full size from the moment
 * it is left until its last batch is acknowledged.
 *
 * <p>Threads: guarded by the stream's lock.
 */
final class ChangeRing {
    private final SegmentPool pool;
    private final ArrayDeque<ByteBuffer> reserved = new ArrayDeque<>();
    private Segment open;
    private int closedSegments;
    private Batch oldest;
    private Batch newest;
    private Batch cursor;

    private long newestSeq;
    private long ackedSeq;
    private int openFrom;
    private int openRecords;
    private long openOldestMicros;
    private long openNewestMicros;
    private long openedAtNanos;

    ChangeRing(SegmentPool pool) {
        this.pool = pool;
    }

    long newestSeq() {
        return newestSeq;
    }

    /** Everything up to here is freed; always the last seq of a batch. */
    long ackedSeq() {
        return ackedSeq;
    }

    long usedBytes() {
        return (long) closedSegments * pool.segmentBytes() + (open == null ? 0 : open.buffer.position());
    }

    /** Capture time of the oldest unacknowledged record; 0 when there is none. */
    long oldestUnackedMicros() {
        return oldest != null ? oldest.oldestMicros : openRecords > 0 ? openOldestMicros : 0;
    }

    /**
     * Makes sure that all these records can be appended at once and that the ring then holds at most {@code ceilingBytes}. False: nothing
     * changed.
     */
    boolean reserve(List<? extends StreamRecord> records, long ceilingBytes) {
        int segmentBytes = pool.segmentBytes();
        int position = open == null ? segmentBytes : open.buffer.position();
        int more = 0;
        for (int i = 0; i < records.size(); i++) {
            int length = RecordCodec.encodedLength(records.get(i));
            if (length > segmentBytes) {
                return false;
            }
            if (length > segmentBytes - position) {
                more++;
                position = 0;
            }
            position += length;
        }
        int full = closedSegments + (open != null && more > 0 ? 1 : 0) + Math.max(0, more - 1);
        if ((long) full * segmentBytes + position > ceilingBytes) {
            return false;
        }
        while (reserved.size() < more) {
            ByteBuffer segment = pool.take();
            if (segment == null) {
                returnReserved();
                return false;
            }
            reserved.add(segment);
        }
        return true;
    }

    private void returnReserved() {
        while (!reserved.isEmpty()) {
            pool.giveBack(reserved.poll());
        }
    }

    /**
     * Appends one record for which {@link #reserve} made room, and gives it the next seq.
     *
     * @return whether a sender has something to do now that it had not before
     */
    boolean append(StreamRecord record, int volumeIndex, List<VolumeId> volumes, long nowNanos) {
        boolean wake = false;
        if (open == null || RecordCodec.encodedLength(record) > open.buffer.remaining()) {
            wake = seal(volumes, Optional.empty());
            leaveSegment();
            open = new Segment(reserved.remove());
            openFrom = 0;
        }
        RecordCodec.encode(record, volumeIndex, open.buffer);
        newestSeq++;
        openNewestMicros = record.writtenAtMicros();
        if (openRecords++ == 0) {
            openOldestMicros = record.writtenAtMicros();
            openedAtNanos = nowNanos;
            wake = true;
        }
        if (openRecords == RecordCodec.MAX_RECORDS) {
            wake |= seal(volumes, Optional.empty());
        }
        return wake;
    }

    /** Ends the open batch, if it holds anything. */
    boolean seal(List<VolumeId> volumes, Optional<CheckpointId> marker) {
        return seal(volumes, marker, 0);
    }

    /** @param asOfMicros the instant that the marker stands for; 0 = when it was ordered */
    boolean seal(List<VolumeId> volumes, Optional<CheckpointId> marker, long asOfMicros) {
        if (openRecords == 0) {
            return false;
        }
        int to = open.buffer.position();
        long firstSeq = newestSeq - openRecords + 1;
        Batch batch = new Batch(
                open,
                openFrom,
                to,
                firstSeq,
                openRecords,
                volumes,
                marker,
                asOfMicros,
                openOldestMicros,
                openNewestMicros);
        open.batches++;
        if (newest == null) {
            oldest = batch;
        } else {
            newest.next = batch;
        }
        newest = batch;
        if (cursor == null) {
            cursor = batch;
        }
        openFrom = to;
        openRecords = 0;
        return true;
    }

    private void leaveSegment() {
        if (open != null) {
            open.open = false;
            closedSegments++;
            freeIfUnused(open);
            open = null;
        }
    }

    private void freeIfUnused(Segment segment) {
        if (segment.isUnused()) {
            closedSegments--;
            pool.giveBack(segment.buffer);
        }
    }

    /** Bytes of the batch that {@link #takeNext} would give; 0 = none. */
    int nextBytes(List<VolumeId> volumes, long nowNanos, long lingerNanos) {
        sealIfDue(volumes, nowNanos, lingerNanos);
        return cursor == null ? 0 : cursor.to - cursor.from;
    }

    private void sealIfDue(List<VolumeId> volumes, long nowNanos, long lingerNanos) {
        if (cursor == null && openRecords > 0 && nowNanos - openedAtNanos >= lingerNanos) {
            seal(volumes, Optional.empty());
        }
    }

    /** The next batch to send, or null. The open batch is sealed for it when it is at least {@code lingerNanos} old. */
    Batch takeNext(List<VolumeId> volumes, long nowNanos, long lingerNanos) {
        sealIfDue(volumes, nowNanos, lingerNanos);
        Batch batch = cursor;
        if (batch != null) {
            cursor = batch.next;
            batch.segment.pins++;
        }
        return batch;
    }

    /** How long until {@link #takeNext} has something; 0 = now, {@link Long#MAX_VALUE} = not before the next append. */
    long nanosUntilNext(long nowNanos, long lingerNanos) {
        if (cursor != null) {
            return 0;
        }
        return openRecords == 0 ? Long.MAX_VALUE : Math.max(0, lingerNanos - (nowNanos - openedAtNanos));
    }

    void unpin(Segment segment) {
        segment.pins--;
        if (!segment.open) {
            freeIfUnused(segment);
        }
        rewriteIdleSegment();
    }

    /** Sends everything that is not acknowledged again, from the oldest batch on. */
    void rewind() {
        cursor = oldest;
    }

    /** Frees every batch that ends at or before {@code seq}. */
    void ack(long seq) {
        while (oldest != null && oldest.lastSeq() <= seq) {
            Batch done = oldest;
            ackedSeq = done.lastSeq();
            if (cursor == done) {
                cursor = done.next;
            }
            oldest = done.next;
            if (oldest == null) {
                newest = null;
            }
            done.segment.batches--;
            if (!done.segment.open) {
                freeIfUnused(done.segment);
            }
        }
        rewriteIdleSegment();
    }

    /** An idle stream should hold no memory but its one segment, from the start again. */
    private void rewriteIdleSegment() {
        if (open != null && open.batches == 0 && openRecords == 0 && open.pins == 0) {
            open.buffer.clear();
            openFrom = 0;
        }
    }

    /** Forgets everything and starts at seq 1 again. Batches that a sender reads stay readable until it gives them back. */
    void drop() {
        openRecords = 0;
        for (Batch batch = oldest; batch != null; batch = batch.next) {
            batch.segment.batches--;
            if (!batch.segment.open) {
                freeIfUnused(batch.segment);
            }
        }
        leaveSegment();
        returnReserved();
        oldest = null;
        newest = null;
        cursor = null;
        newestSeq = 0;
        ackedSeq = 0;
    }
}
