package io.holdfast.journalstore.relay;

import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.id.VolumeId;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** What a relay reads of one journal. One thread at a time; apply, ageing and readers go on meanwhile. */
public interface RelaySource {
    /** Changes when LSNs lose their meaning: the journal was replaced, or a recovery was committed. */
    String lineage();

    /** Whether the group's machines run at the site that recovered them, so that nothing new will come. */
    boolean failedOver();

    /** The protected volumes, in an order that does not change while the volumes do not. */
    List<RelayVolume> volumes();

    /** The newest checkpoint; empty = there is none yet. */
    Optional<Place> newest();

    /** Whether every LSN from {@code from} to {@code to} is consistent, both included. */
    boolean consistentThroughout(Lsn from, Lsn to);

    /** How the journal knows a place that it had once. */
    Standing standing(Place place);

    /** Whether every change behind {@code lsn} is still in the history. */
    boolean holdsChangesAfter(Lsn lsn);

    /**
     * Hands over the changes behind {@code after} up to {@code last}, in order, until the visitor has enough.
     *
     * @return whether the visitor saw the last one
     * @throws io.holdfast.kernel.error.HoldfastException {@code LSN_EXPIRED} when some have left the history; {@code JOURNAL_DAMAGED}
     */
    boolean changes(Lsn after, Lsn last, ChangeVisitor visitor);

    /** The volumes as of a place, until closed; empty = it has left the history. */
    Optional<View> view(Place place);

    /** Takes one change. */
    @FunctionalInterface
    interface ChangeVisitor {
        /** @return false = enough; the next call begins behind this one */
        boolean take(Lsn lsn, Change change);
    }

    /** Holds its place in the history: to be closed soon. */
    interface View extends AutoCloseable {
        /**
         * What stands from {@code offset} on: a stretch of one kind.
         *
         * @param offset a multiple of 4096, inside the volume
         */
        Stretch read(VolumeId volume, long offset);

        @Override
        void close();
    }

    /** Consecutive bytes of one kind; lengths are multiples of 4096, more than 0. */
    sealed interface Stretch {
        long length();

        /** Reads as zeroes; at most 1 GiB. */
        record Zeroes(long length) implements Stretch {}

        /** At most 1 MiB. */
        record Bytes(ByteBuffer payload) implements Stretch {
            @Override
            public long length() {
                return payload.remaining();
            }
        }
    }
}
