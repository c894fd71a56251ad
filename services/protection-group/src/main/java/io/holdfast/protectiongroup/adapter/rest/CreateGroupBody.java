package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.protectiongroup.adapter.runtime.CreateGroup;
import io.holdfast.protectiongroup.objective.Objectives;
import java.util.List;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Body of POST /protection-groups. */
@Schema(name = "CreateProtectionGroup")
public record CreateGroupBody(
        @Schema(required = true, maxLength = 200) String name,

        @Schema(required = true, minItems = 1, maxItems = 256)
        List<String> vmIds,

        @Schema(description = "PT1S to PT60S", defaultValue = "PT5S")
        String checkpointInterval,

        @Schema(description = "PT1H to PT720H", defaultValue = "PT24H")
        String history,

        @Schema(description = "0 = none; else at least 64 MiB", defaultValue = "0")
        Long journalLimitBytes,

        @Schema(description = "from the checkpoint interval to the history", defaultValue = "PT15M")
        String rpoObjective,

        @Schema(description = "volumes of these VMs that are not protected")
        List<String> excludedVolumeIds) {

    CreateGroup read() {
        Read read = new Read();
        read.required("name", name);
        read.required("vmIds", vmIds);
        Objectives fallback = Objectives.DEFAULT;
        var order = new CreateGroup(
                Objects.requireNonNullElse(name, ""),
                read.ids("vmIds", vmIds == null ? List.of() : vmIds, VmId::parse),
                new Objectives(
                        read.duration("checkpointInterval", checkpointInterval, fallback.checkpointInterval()),
                        read.duration("history", history, fallback.history()),
                        journalLimitBytes == null ? fallback.journalLimitBytes() : journalLimitBytes,
                        read.duration("rpoObjective", rpoObjective, fallback.rpoObjective())),
                read.ids(
                        "excludedVolumeIds",
                        excludedVolumeIds == null ? List.of() : excludedVolumeIds,
                        VolumeId::parse));
        read.refuseIfBroken();
        return order;
    }
}
