package io.holdfast.journalstore.ageing;

import io.holdfast.kernel.Lsn;
import java.util.Objects;
import java.util.Optional;

/**
 * All that decides where a journal's tail may go.
 *
 * @param tail where it is
 * @param head newest applied change
 * @param everConsistent whether any point could be opened so far
 * @param windowStart newest LSN at or before the beginning of the history window; empty = nothing is that old
 * @param lowestLease oldest LSN that somebody uses: open views, sessions, HELD checkpoints
 * @param newestRecoverable newest point that must stay: the newest checkpoint, or the end of the newest consistent range
 * @param liveBytes size of the history now
 * @param limitBytes 0 = none
 */
public record AgeingInputs(
        Lsn tail,
        Lsn head,
        boolean everConsistent,
        Optional<Lsn> windowStart,
        Optional<Lsn> lowestLease,
        Optional<Lsn> newestRecoverable,
        long liveBytes,
        long limitBytes) {
    public AgeingInputs {
        Objects.requireNonNull(tail, "tail");
        Objects.requireNonNull(head, "head");
        Objects.requireNonNull(windowStart, "windowStart");
        Objects.requireNonNull(lowestLease, "lowestLease");
        Objects.requireNonNull(newestRecoverable, "newestRecoverable");
    }
}
