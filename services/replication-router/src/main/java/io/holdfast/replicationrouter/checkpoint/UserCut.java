package io.holdfast.replicationrouter.checkpoint;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.CommandId;

/**
 * A checkpoint that a person asked for; waits behind the running cut until {@code expiresAtMicros} (wall clock).
 *
 * @param kind USER or APP
 */
public record UserCut(CommandId command, CheckpointId checkpoint, Cut.Kind kind, String name, long expiresAtMicros) {}
