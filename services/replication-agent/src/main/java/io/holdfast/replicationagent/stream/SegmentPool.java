package io.holdfast.replicationagent.stream;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * The agent's whole ring memory: direct buffers of one size, made when first needed, never more than fit the limit. Streams borrow
 * segments and give them back when everything in them is acknowledged.
 *
 * <p>Threads: any.
 */
public final class SegmentPool {
    private final int segmentBytes;
    private final int segmentLimit;
    private final ArrayDeque<ByteBuffer> free = new ArrayDeque<>();
    private int made;
    private int lent;

    public SegmentPool(long limitBytes, int segmentBytes) {
        this.segmentBytes = segmentBytes;
        this.segmentLimit = Math.toIntExact(limitBytes / segmentBytes);
    }

    public int segmentBytes() {
        return segmentBytes;
    }

    public long limitBytes() {
        return (long) segmentLimit * segmentBytes;
    }

    /** An empty segment, or null when the limit is reached. */
    synchronized ByteBuffer take() {
        ByteBuffer segment = free.pollLast();
        if (segment == null) {
            if (made == segmentLimit) {
                return null;
            }
            segment = ByteBuffer.allocateDirect(segmentBytes);
            made++;
        }
        lent++;
        return segment.clear();
    }

    synchronized void giveBack(ByteBuffer segment) {
        lent--;
        free.addLast(segment);
    }

    /** Segments that can be taken before the limit is reached. */
    synchronized int available() {
        return segmentLimit - lent;
    }

    public synchronized long lentBytes() {
        return (long) lent * segmentBytes;
    }
}
