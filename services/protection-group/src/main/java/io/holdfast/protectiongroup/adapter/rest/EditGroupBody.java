package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.kernel.id.VolumeId;
import io.holdfast.protectiongroup.adapter.runtime.EditGroup;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Body of PATCH /protection-groups/{id}; what is left out stays as it is. */
@Schema(name = "EditProtectionGroup")
public record EditGroupBody(
        @Schema(maxLength = 200) String name,
        @Schema(description = "PT1S to PT60S") String checkpointInterval,
        @Schema(description = "PT1H to PT720H") String history,
        @Schema(description = "0 = none") Long journalLimitBytes,

        @Schema(description = "from the checkpoint interval to the history")
        String rpoObjective,

        @Schema(description = "PT0S = none; else PT1M to PT24H")
        String appCheckpointInterval,

        @Schema(description = "1 to 9") Integer priority,
        @Schema(description = "replaces the whole rate") RateBody rate,
        @Schema(description = "replaces all the rules") SyncBody sync,
        @Schema(description = "replaces the whole list") List<String> excludedVolumeIds) {

    EditGroup read() {
        Read read = new Read();
        var order = new EditGroup(
                Optional.ofNullable(name),
                duration(read, "checkpointInterval", checkpointInterval),
                duration(read, "history", history),
                Optional.ofNullable(journalLimitBytes),
                duration(read, "rpoObjective", rpoObjective),
                duration(read, "appCheckpointInterval", appCheckpointInterval),
                Optional.ofNullable(priority),
                Optional.ofNullable(rate).map(given -> given.read("rate", read)),
                Optional.ofNullable(sync).map(given -> given.read("sync", read)),
                Optional.ofNullable(excludedVolumeIds).map(ids -> read.ids("excludedVolumeIds", ids, VolumeId::parse)));
        read.refuseIfBroken();
        return order;
    }

    private static Optional<Duration> duration(Read read, String field, String text) {
        return Optional.ofNullable(read.duration(field, text, null));
    }
}
