package io.holdfast.protectiongroup.adapter.rest;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * A protection group as REST shows it.
 *
 * @param lifecycle TESTING lies over the state while a recovery test runs
 * @param state the state below; commands go by it
 * @param removal only of a removed group
 * @param policyRevision of the last policy that the data plane was given; 0 = none
 */
@Schema(name = "ProtectionGroup")
public record GroupView(
        String id,
        String name,
        String lifecycle,
        String state,
        Instant stateSince,
        String stateReason,
        List<String> allowedCommands,
        List<Vm> vms,
        List<String> excludedVolumeIds,
        ObjectivesView objectives,
        RpoView rpo,
        HistoryView history,
        SyncView sync,
        List<ConditionView> conditions,
        List<StreamView> streams,
        List<String> runningTests,
        RemovalView removal,
        Integer partition,
        long policyRevision,
        Instant createdAt,
        String createdBy) {

    /** @param agentId the agent that captures its writes */
    @Schema(name = "ProtectedVm")
    public record Vm(String id, String name, String agentId, List<Volume> volumes) {}

    /**
     * @param standing INCLUDED, or WAITING while it cannot be protected
     * @param syncState by the agent's last word, if it is recent; else absent = unknown
     * @param obstacleCode what the inventory has against the volume
     */
    @Schema(name = "ProtectedVolume")
    public record Volume(
            String id,
            String name,
            long sizeBytes,
            String standing,
            String syncState,
            Long syncTotalBytes,
            Long syncDoneBytes,
            Long dirtyBytes,
            String obstacleCode,
            String obstacle) {}

    @Schema(name = "Objectives")
    public record ObjectivesView(
            Duration checkpointInterval,
            Duration history,
            long journalLimitBytes,
            Duration rpoObjective,
            Duration appCheckpointInterval,
            int priority,
            RateBody rate,
            SyncBody sync) {}

    /**
     * @param known false: the age is unknown, and absent
     * @param reason why it is unknown, or NO_CHECKPOINT
     * @param asOf when the journal said what stands here, by its clock
     */
    @Schema(name = "Rpo")
    public record RpoView(
            boolean known, Duration age, String checkpointId, Instant cutAt, String reason, Instant asOf) {}

    /** @param known false: the rest is the journal's last word, not the present */
    @Schema(name = "History")
    public record HistoryView(boolean known, Instant oldest, Instant newest, Duration span, Instant asOf) {}

    /**
     * How far the sync under way has come.
     *
     * @param known false: an agent's word is missing or old, and figures would be guessed
     * @param totalBytes of the syncs under way; 0 when none is
     * @param percent 100 only when every volume is in sync
     */
    @Schema(name = "SyncProgress")
    public record SyncView(
            boolean known, Integer volumesInSync, int volumes, Long totalBytes, Long doneBytes, Integer percent) {}

    @Schema(name = "Condition")
    public record ConditionView(
            String type, String status, String reason, String message, Instant since, String severity) {}

    /** @param known false: the router's last word is older than it may be */
    @Schema(name = "StreamState")
    public record StreamView(
            String agentId,
            boolean known,
            boolean connected,
            long ringUsedBytes,
            long ringLimitBytes,
            long rateBytesPerSecond,
            String noCheckpointReason,
            Instant asOf) {}

    /** @param progress as in docs/protection-lifecycle.md */
    @Schema(name = "Removal")
    public record RemovalView(
            String progress, Instant since, Integer attempts, String errorCode, String errorMessage) {}
}
