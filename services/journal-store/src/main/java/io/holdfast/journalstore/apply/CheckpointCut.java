package io.holdfast.journalstore.apply;

import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.CheckpointKind;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CheckpointId;
import java.util.Map;
import java.util.Optional;

/**
 * A checkpoint as the router recorded it.
 *
 * @param positions one per stream of the group, at the marker
 * @param volumeCount volumes of the group at the cut
 * @param appFailure why a checkpoint that was asked for as APP is CRASH
 */
public record CheckpointCut(
        CheckpointId id,
        CheckpointKind kind,
        String name,
        long cutAtMicros,
        Map<AgentId, StreamPosition> positions,
        int volumeCount,
        long policyRevision,
        Optional<Checkpoint.AppFailure> appFailure) {
    /** @throws HoldfastException {@code MALFORMED_RECORD} when the contract's limits are broken */
    public CheckpointCut {
        positions = Map.copyOf(positions);
        if (name.length() > Checkpoint.MAX_NAME_LENGTH || cutAtMicros <= 0 || positions.isEmpty() || volumeCount < 1) {
            throw new HoldfastException(
                    JournalError.MALFORMED_RECORD,
                    ("checkpoint %s: a name of %d characters (at most %d), cut at %d, %d positions, %d volumes"
                                    + " (each at least 1)")
                            .formatted(
                                    id,
                                    name.length(),
                                    Checkpoint.MAX_NAME_LENGTH,
                                    cutAtMicros,
                                    positions.size(),
                                    volumeCount));
        }
    }
}
