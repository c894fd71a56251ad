package io.holdfast.journalstore.relay;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.id.PgId;
import java.util.Optional;

/**
 * One relayed group as it is now; for status, metrics and heartbeats.
 *
 * @param group the group's id at the target
 * @param source the group's id here; empty = no journal here has its volumes
 * @param at the checkpoint that the target's replica stands at or is on its way from; empty = none
 * @param acknowledged checkpoint place up to which the target has everything durably
 * @param behindLsns changes between that and the newest checkpoint here
 * @param copiedBytes of a copy under way; 0 when there is none
 * @param totalBytes likewise
 */
public record RelayStatus(
        PgId group,
        Optional<PgId> source,
        RelayState state,
        Epoch epoch,
        long newestSeq,
        long ackedSeq,
        Optional<Place> at,
        Lsn acknowledged,
        long acknowledgedCutAtMicros,
        long behindLsns,
        long copiedBytes,
        long totalBytes,
        long unackedBytes,
        long sentBytes) {
    /** Whether the target's own people hold it back. */
    public boolean paused() {
        return state instanceof RelayState.Waiting(RelayState.Reason reason) && reason == RelayState.Reason.PAUSED;
    }
}
