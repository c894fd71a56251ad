package io.holdfast.replicationagent.quiesce;

import io.holdfast.kernel.id.VmId;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A machine whose file systems can be asked to stand still.
 *
 * @param agentSocket of its guest agent; empty = it has none
 */
public record Guest(VmId id, String name, Optional<Path> agentSocket, GuestHooks hooks) {
    @Override
    public String toString() {
        return name + " (" + id + ")";
    }
}
