package io.holdfast.replicationrouter.checkpoint;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.CommandId;
import java.util.Objects;
import java.util.Optional;

/**
 * One ordered cut.
 *
 * @param id of the checkpoint that it becomes
 * @param order names this attempt in frames and markers: new for every attempt, so that an answer or a marker of an earlier one is never taken for this one's
 * @param name given by a person; empty for a checkpoint of the timer
 * @param cutAtMicros the router's wall clock when the markers were ordered
 * @param volumeCount volumes of the group at that time
 * @param command the command that asked for it; empty when the timer did
 */
public record Cut(
        CheckpointId id,
        CheckpointId order,
        Kind kind,
        String name,
        long cutAtMicros,
        int volumeCount,
        long policyRevision,
        Optional<CommandId> command) {

    /** What was asked for. */
    public enum Kind {
        CRASH,
        /** Guest file systems are frozen at the marker; becomes CRASH when that fails. */
        APP,
        USER
    }

    public Cut {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(order, "order");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(command, "command");
    }

    Cut orderedAt(long micros) {
        return new Cut(id, order, kind, name, micros, volumeCount, policyRevision, command);
    }

    Cut notLaterThan(long micros) {
        return micros < cutAtMicros ? orderedAt(micros) : this;
    }
}
