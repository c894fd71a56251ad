package io.holdfast.replicationrouter.checkpoint;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.CommandId;
import java.util.Objects;
import java.util.Optional;

/**
 * One ordered cut.
 *
 * @param name given by a person; empty for a crash checkpoint
 * @param cutAtMicros the router's wall clock when the cut was ordered
 * @param volumeCount volumes of the group at that time
 * @param command the command that asked for it; empty when the timer did
 */
public record Cut(
        CheckpointId id,
        Kind kind,
        String name,
        long cutAtMicros,
        int volumeCount,
        long policyRevision,
        Optional<CommandId> command) {

    /** Kinds that this router cuts. APP needs the guest's agent and comes with it. */
    public enum Kind {
        CRASH,
        USER
    }

    public Cut {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(command, "command");
    }
}
