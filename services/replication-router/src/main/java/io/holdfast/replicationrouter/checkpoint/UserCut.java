package io.holdfast.replicationrouter.checkpoint;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.CommandId;

/** A checkpoint that a person asked for; waits behind the running cut until {@code expiresAtMicros} (wall clock). */
public record UserCut(CommandId command, CheckpointId checkpoint, String name, long expiresAtMicros) {}
