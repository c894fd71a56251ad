package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.protectiongroup.checkpoint.CheckpointRequest;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * A wish for a named checkpoint as REST shows it.
 *
 * @param progress REQUESTED, CUT, LISTED, FAILED or TIMED_OUT
 */
@Schema(name = "CheckpointRequest")
public record CheckpointRequestView(
        String checkpointId,
        String protectionGroupId,
        String name,
        String progress,
        Instant requestedAt,
        String requestedBy,
        Instant expiresAt,
        Instant cutAt,
        Long lsn,
        String errorCode,
        String errorMessage) {

    static CheckpointRequestView of(CheckpointRequest request) {
        return switch (request.progress()) {
            case CheckpointRequest.Requested waiting -> of(request, null, null, null, null);
            case CheckpointRequest.Cut cut -> of(request, null, null, null, null);
            case CheckpointRequest.Listed listed -> of(request, listed.cutAt(), listed.lsn(), null, null);
            case CheckpointRequest.Failed failed -> of(request, null, null, failed.errorCode(), failed.message());
            case CheckpointRequest.TimedOut late ->
                of(
                        request,
                        null,
                        null,
                        late.cut() ? "CHECKPOINT_NOT_LISTED" : "ROUTER_SILENT",
                        late.cut()
                                ? "The router cut the checkpoint and the journal has not listed it in time."
                                : "No router has answered the order in time.");
        };
    }

    private static CheckpointRequestView of(
            CheckpointRequest request, Instant cutAt, Long lsn, String errorCode, String errorMessage) {
        return new CheckpointRequestView(
                request.checkpoint().toString(),
                request.group().toString(),
                request.name(),
                request.progress().code(),
                request.requestedAt(),
                request.requestedBy(),
                request.expiresAt(),
                cutAt,
                lsn,
                errorCode,
                errorMessage);
    }
}
