package io.holdfast.replicationrouter.runtime;

import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.StreamReport;
import io.holdfast.proto.v1.SyncState;
import io.holdfast.replicationrouter.checkpoint.NoCheckpoint;
import io.holdfast.replicationrouter.checkpoint.Readiness;
import io.holdfast.replicationrouter.policy.GroupPolicy;
import io.holdfast.replicationrouter.stream.StreamCursor;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Whether a group has a consistent place to cut at: every one of its agents is connected and has all its volumes in sync. */
final class GroupReadiness {
    private final RouterContext context;

    GroupReadiness(RouterContext context) {
        this.context = context;
    }

    Readiness of(GroupPolicy policy) {
        if (policy.mode() == GroupPolicy.Mode.PAUSED) {
            return new Readiness.Blocked(NoCheckpoint.PAUSED);
        }
        Set<StreamId> streams = policy.streams();
        for (StreamId stream : streams) {
            Optional<AgentSession> session = context.liveSession(stream.agent());
            if (session.isEmpty()) {
                return new Readiness.Blocked(NoCheckpoint.AGENT_DISCONNECTED);
            }
            List<VolumeId> volumes = policy.volumesByAgent().get(stream.agent());
            if (!inSync(session.get().streams().get(policy.pg()), volumes)) {
                return new Readiness.Blocked(NoCheckpoint.NOT_IN_SYNC);
            }
        }
        return streams.isEmpty()
                ? new Readiness.Blocked(NoCheckpoint.NOT_IN_SYNC)
                : new Readiness.Ready(streams, policy.allVolumes().size(), policy.revision());
    }

    /** Whether the newest report, about the epoch that is being forwarded, has every volume in sync. */
    private static boolean inSync(SessionStream stream, List<VolumeId> volumes) {
        if (stream == null
                || !(stream.cursor() instanceof StreamCursor.Following following)
                || stream.report().isEmpty()) {
            return false;
        }
        StreamReport report = stream.report().get();
        if (report.getEpoch() != following.epoch().value()) {
            return false;
        }
        Set<String> inSync = HashSet.newHashSet(report.getVolumesCount());
        report.getVolumesList().forEach(volume -> {
            if (volume.getState() == SyncState.IN_SYNC) {
                inSync.add(volume.getVolumeId().toLowerCase(Locale.ROOT));
            }
        });
        for (VolumeId volume : volumes) {
            if (!inSync.contains(volume.toString())) {
                return false;
            }
        }
        return true;
    }
}
