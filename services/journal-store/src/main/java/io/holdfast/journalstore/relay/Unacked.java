package io.holdfast.journalstore.relay;

import io.holdfast.kernel.Seq;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** What was sent in this epoch and is not acknowledged: its bytes against a limit, and the places it reaches. One thread. */
final class Unacked {
    private record Sent(Seq last, int bytes, Optional<Place> place) {}

    private final long limitBytes;
    private final Deque<Sent> batches = new ArrayDeque<>();
    private long bytes;
    private long ackedSeq;
    private long ackedCutAtMicros;

    Unacked(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** Nothing more may be sent; one batch over the limit is. */
    boolean isFull() {
        return bytes >= limitBytes;
    }

    void sent(Seq last, int batchBytes, Optional<Place> place) {
        batches.add(new Sent(last, batchBytes, place));
        bytes += batchBytes;
    }

    /** @return the newest place that is reached now, if one is newly reached */
    Optional<Place> ack(Seq seq) {
        Optional<Place> reached = Optional.empty();
        while (!batches.isEmpty() && batches.peek().last().compareTo(seq) <= 0) {
            Sent sent = batches.poll();
            bytes -= sent.bytes();
            reached = sent.place().or(keep(reached));
        }
        ackedSeq = Math.max(ackedSeq, seq.value());
        reached.ifPresent(place -> ackedCutAtMicros = place.cutAtMicros());
        return reached;
    }

    private static java.util.function.Supplier<Optional<Place>> keep(Optional<Place> before) {
        return () -> before;
    }

    /** A new epoch begins. What was acknowledged of the last one stays true for the age of the target's newest place. */
    void clear() {
        batches.clear();
        bytes = 0;
        ackedSeq = 0;
    }

    long bytes() {
        return bytes;
    }

    long ackedSeq() {
        return ackedSeq;
    }

    /** When the newest acknowledged place was cut; 0 = none yet in this session. */
    long ackedCutAtMicros() {
        return ackedCutAtMicros;
    }
}
