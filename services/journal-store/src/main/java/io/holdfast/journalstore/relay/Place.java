package io.holdfast.journalstore.relay;

import io.holdfast.journalstore.integrity.Digest;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.id.CheckpointId;
import java.util.Objects;
import java.util.Optional;

/**
 * A checkpoint of the source journal that a relay stands at.
 *
 * @param cutAtMicros when it was cut at its own site; what a marker put here is as of
 * @param digest of everything up to the LSN; empty when the journal had no chain then. Tells a place of this history from one of
 *     the same number in another: a journal that lost what it had not flushed, and then not all of it came again, gives its numbers anew
 */
public record Place(CheckpointId checkpoint, Lsn lsn, long cutAtMicros, Optional<Digest> digest) {
    public Place {
        Objects.requireNonNull(checkpoint, "checkpoint");
        Objects.requireNonNull(lsn, "lsn");
        Objects.requireNonNull(digest, "digest");
    }

    /** Whether both are certainly the same state; without digests only a checkpoint is the same as itself. */
    public boolean sameStateAs(Place other) {
        boolean sameHistory = digest.isPresent() && digest.equals(other.digest);
        return lsn.equals(other.lsn)
                && (sameHistory || digest.isEmpty() && other.digest.isEmpty() && checkpoint.equals(other.checkpoint));
    }
}
