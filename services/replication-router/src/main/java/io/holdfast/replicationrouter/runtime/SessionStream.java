package io.holdfast.replicationrouter.runtime;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.proto.v1.StreamReport;
import io.holdfast.replicationrouter.stream.StreamCursor;
import java.util.Optional;

/** One stream within one session. */
final class SessionStream {
    private StreamCursor cursor;
    private StreamPosition acked = StreamPosition.START;
    private boolean ackPending;
    private Optional<StreamReport> report = Optional.empty();
    private long confirmedBytes;

    SessionStream(StreamCursor cursor) {
        this.cursor = cursor;
        if (cursor instanceof StreamCursor.Following(Epoch epoch, Seq next)) {
            acked = new StreamPosition(epoch, new Seq(next.value() - 1));
        }
    }

    StreamCursor cursor() {
        return cursor;
    }

    void moveTo(StreamCursor next) {
        cursor = next;
    }

    /** Kafka has everything up to here. An epoch that the stream has left is of no interest to the agent. */
    void confirmed(StreamPosition position, long bytes) {
        confirmedBytes += bytes;
        if (position.compareTo(acked) > 0) {
            acked = position;
            ackPending = true;
        }
    }

    /** The position to acknowledge now, once. */
    Optional<StreamPosition> takeAck() {
        if (!ackPending) {
            return Optional.empty();
        }
        ackPending = false;
        return Optional.of(acked);
    }

    StreamPosition acked() {
        return acked;
    }

    void reported(StreamReport newest) {
        report = Optional.of(newest);
    }

    Optional<StreamReport> report() {
        return report;
    }

    /** Bytes confirmed since the last call. */
    long takeConfirmedBytes() {
        long bytes = confirmedBytes;
        confirmedBytes = 0;
        return bytes;
    }
}
