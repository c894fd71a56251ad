package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.kernel.rate.RateLimit;
import io.holdfast.kernel.rate.SyncRules;
import io.holdfast.kernel.rate.TransferRules;
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

        @Schema(description = "PT0S = none; else PT1M to PT24H", defaultValue = "PT0S")
        String appCheckpointInterval,

        @Schema(
                description =
                        "1 to 9: weight among the groups that share an agent's link, each step twice the share of the one below",
                defaultValue = "5")
        Integer priority,

        @Schema(description = "of everything that the group sends, per agent")
        RateBody rate,

        SyncBody sync,

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
                        read.duration("rpoObjective", rpoObjective, fallback.rpoObjective()),
                        read.duration("appCheckpointInterval", appCheckpointInterval, fallback.appCheckpointInterval()),
                        transfer(read)),
                read.ids(
                        "excludedVolumeIds",
                        excludedVolumeIds == null ? List.of() : excludedVolumeIds,
                        VolumeId::parse));
        read.refuseIfBroken();
        return order;
    }

    private TransferRules transfer(Read read) {
        RateLimit limit = rate == null ? RateLimit.UNLIMITED : rate.read("rate", read);
        SyncRules rules = sync == null ? SyncRules.DEFAULT : sync.read("sync", read);
        int weight = priority == null ? TransferRules.DEFAULT_PRIORITY : priority;
        return read.value("priority", () -> new TransferRules(weight, limit, rules), TransferRules.DEFAULT);
    }
}
