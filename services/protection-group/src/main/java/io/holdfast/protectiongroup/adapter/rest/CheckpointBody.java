package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.protectiongroup.checkpoint.CheckpointRequest;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Body of POST /protection-groups/{id}/checkpoints. */
@Schema(name = "CutCheckpoint")
public record CheckpointBody(
        @Schema(required = true, maxLength = 200) String name) {
    String read() {
        Read read = new Read();
        read.text("name", name, CheckpointRequest.MAX_NAME_LENGTH);
        read.refuseIfBroken();
        return name;
    }
}
