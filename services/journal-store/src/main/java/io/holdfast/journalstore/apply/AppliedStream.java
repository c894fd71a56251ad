package io.holdfast.journalstore.apply;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamPosition;

/**
 * How far a journal is in one stream.
 *
 * <pre>
 *  Following ── next seq ──► Following
 *      │  ▲── new epoch from seq 1 ──┐
 *      └── anything missing or unreadable ──► Gapped ── new epoch from seq 1 ──► Following
 * </pre>
 */
public sealed interface AppliedStream {
    AppliedStream NEW = new Following(StreamPosition.START);

    /** Everything up to here is in the journal. */
    StreamPosition position();

    /** Whether everything up to {@code place} was applied, in the place's own epoch. */
    default boolean hasApplied(StreamPosition place) {
        return position().epoch().equals(place.epoch()) && position().seq().compareTo(place.seq()) >= 0;
    }

    /** Contiguous. */
    record Following(StreamPosition position) implements AppliedStream {}

    /**
     * Something is missing behind {@code position}.
     *
     * @param uselessEpoch newest epoch that cannot be gone on with, for the agent's StreamReset
     */
    record Gapped(StreamPosition position, GapReason reason, Epoch uselessEpoch) implements AppliedStream {
        /** What the router has to reset. */
        public StreamPosition needsReset() {
            return new StreamPosition(uselessEpoch, position.epoch().equals(uselessEpoch) ? position.seq() : Seq.NONE);
        }
    }

    /** This stream after something of {@code epoch} turned out to be missing. A first reason is kept. */
    default Gapped gapped(GapReason reason, Epoch epoch) {
        return switch (this) {
            case Following following ->
                new Gapped(
                        following.position(),
                        reason,
                        epoch.isAfter(following.position().epoch())
                                ? epoch
                                : following.position().epoch());
            case Gapped gap ->
                new Gapped(
                        gap.position(), gap.reason(), epoch.isAfter(gap.uselessEpoch()) ? epoch : gap.uselessEpoch());
        };
    }
}
