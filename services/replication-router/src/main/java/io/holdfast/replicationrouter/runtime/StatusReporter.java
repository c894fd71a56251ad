package io.holdfast.replicationrouter.runtime;

import io.holdfast.kernel.StreamId;
import io.holdfast.proto.v1.StreamReport;
import io.holdfast.proto.v1.StreamStatus;
import io.holdfast.proto.v1.StreamVolumeStatus;
import io.holdfast.replicationrouter.checkpoint.CutTally;
import io.holdfast.replicationrouter.checkpoint.NoCheckpoint;
import io.holdfast.replicationrouter.policy.GroupPolicy;
import io.holdfast.replicationrouter.policy.PolicyTable;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Writes {@code replication-status}: every interval per connected stream, and once when a stream is lost. A stream that no agent
 * has claimed within three heartbeat intervals after this router took its partition counts as lost as well: what the
 * topic still says of it is from an earlier router.
 */
final class StatusReporter {
    private final RouterContext context;
    private final Checkpoints checkpoints;
    private final Map<StreamId, StreamStatus> last = new HashMap<>();
    private long dueNanos;
    private long reportedNanos;
    private final long startedNanos;

    StatusReporter(RouterContext context, Checkpoints checkpoints) {
        this.context = context;
        this.checkpoints = checkpoints;
        this.startedNanos = context.clock.nanos();
        this.dueNanos = startedNanos;
        this.reportedNanos = startedNanos;
    }

    void tick() {
        long now = context.clock.nanos();
        if (now - dueNanos < 0) {
            return;
        }
        dueNanos = now + context.settings.statusInterval().toNanos();
        long elapsedNanos = Math.max(1, now - reportedNanos);
        reportedNanos = now;
        boolean settled = now - startedNanos
                > context.settings.heartbeatInterval().multipliedBy(3).toNanos();
        for (GroupPolicy policy : context.policies.all()) {
            if (policy.assigned() && context.ownership.isOwn(policy.partition())) {
                for (StreamId stream : policy.streams()) {
                    report(policy, stream, elapsedNanos, settled);
                }
            }
        }
    }

    private void report(GroupPolicy policy, StreamId stream, long elapsedNanos, boolean settled) {
        Optional<AgentSession> session = context.liveSession(stream.agent());
        if (session.isPresent()) {
            put(stream, connected(policy, stream, session.get(), elapsedNanos));
        } else if (last.containsKey(stream) ? last.get(stream).getConnected() : settled) {
            put(stream, lost(stream));
        }
    }

    /** At once when a session ends: readers need not wait for the interval. */
    void lost(AgentSession session) {
        for (GroupPolicy policy : context.policies.assignedTo(session.agent())) {
            StreamId stream = new StreamId(session.agent(), policy.pg());
            if (context.ownership.isOwn(policy.partition())) {
                put(stream, lost(stream));
            }
        }
    }

    /** Streams that the group had and has no more leave the topic. */
    void policyChanged(PolicyTable.Change change) {
        Set<StreamId> gone = new HashSet<>();
        change.before().ifPresent(before -> gone.addAll(before.streams()));
        change.after().ifPresent(after -> gone.removeAll(after.streams()));
        for (StreamId stream : gone) {
            last.remove(stream);
            if (context.ownership.isOwn(change.before().orElseThrow().partition())) {
                context.events.forgetStatus(stream);
            }
        }
    }

    /** Another router reports these from now on. */
    void ownershipChanged() {
        last.keySet().removeIf(stream -> context.policies
                .of(stream.pg())
                .filter(policy -> context.ownership.isOwn(policy.partition()))
                .isEmpty());
    }

    private void put(StreamId stream, StreamStatus status) {
        last.put(stream, status);
        context.events.status(stream, status);
    }

    private StreamStatus connected(GroupPolicy policy, StreamId stream, AgentSession session, long elapsedNanos) {
        StreamStatus.Builder status = base(stream)
                .setConnected(true)
                .setNoCheckpointReason(
                        checkpoints.blockedBy(policy).map(NoCheckpoint::name).orElse(""));
        checkpoints.tally(policy.pg()).ifPresent(tally -> addTally(status, tally));
        SessionStream state = session.streams().get(policy.pg());
        if (state != null) {
            status.setEpoch(state.acked().epoch().value())
                    .setAckedSeq(state.acked().seq().value())
                    .setRateBytesPerSecond(Math.round(state.takeConfirmedBytes()
                            * (double) Duration.ofSeconds(1).toNanos()
                            / elapsedNanos));
            state.report().ifPresent(report -> addReport(status, report));
        }
        return status.build();
    }

    private void addTally(StreamStatus.Builder status, CutTally tally) {
        long now = context.clock.nanos();
        status.setCheckpointsCut(tally.cuts())
                .setCheckpointsDiscarded(tally.discards())
                .setLongestHoldMicros(tally.longestHoldMicros(now))
                .setLongestFreezeMicros(tally.longestFreezeMicros(now));
    }

    private static void addReport(StreamStatus.Builder status, StreamReport report) {
        status.setEpoch(Math.max(status.getEpoch(), report.getEpoch()))
                .setNewestSeq(report.getNewestSeq())
                .setRingUsedBytes(report.getRingUsedBytes())
                .setRingLimitBytes(report.getRingLimitBytes())
                .setOldestUnackedAtMicros(report.getOldestUnackedAtMicros())
                .setSentBytes(report.getSentBytes());
        if (report.hasCapturedBytes()) {
            status.setCapturedBytes(report.getCapturedBytes());
        }
        report.getVolumesList()
                .forEach(volume -> status.addVolumes(StreamVolumeStatus.newBuilder()
                        .setVolumeId(volume.getVolumeId())
                        .setState(volume.getState())
                        .setSyncTotalBytes(volume.getSyncTotalBytes())
                        .setSyncDoneBytes(volume.getSyncDoneBytes())
                        .setDirtyBytes(volume.getDirtyBytes())
                        .setSyncEqualBytes(volume.getSyncEqualBytes())
                        .setSyncRemainingMs(volume.getSyncRemainingMs())
                        .setSyncWaitsFor(volume.getSyncWaitsFor())));
    }

    /** The last known figures, marked as not current: unknown is shown as unknown. */
    private StreamStatus lost(StreamId stream) {
        StreamStatus.Builder status = Optional.ofNullable(last.get(stream))
                .map(StreamStatus::toBuilder)
                .orElseGet(() -> base(stream));
        return status.setObservedAtMicros(context.clock.micros())
                .setConnected(false)
                .setRateBytesPerSecond(0)
                .setNoCheckpointReason(NoCheckpoint.AGENT_DISCONNECTED.name())
                .build();
    }

    private StreamStatus.Builder base(StreamId stream) {
        return StreamStatus.newBuilder()
                .setAgentId(stream.agent().toString())
                .setPgId(stream.pg().toString())
                .setRouterId(context.settings.routerId())
                .setObservedAtMicros(context.clock.micros());
    }
}
