package io.holdfast.replicationrouter.runtime;

import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.proto.v1.CheckpointKind;
import io.holdfast.proto.v1.CheckpointRecord;
import io.holdfast.proto.v1.StreamReport;
import io.holdfast.proto.v1.SyncState;
import io.holdfast.replicationrouter.checkpoint.Cut;
import io.holdfast.replicationrouter.checkpoint.GroupCuts;
import io.holdfast.replicationrouter.checkpoint.GroupCuts.Action;
import io.holdfast.replicationrouter.checkpoint.NoCheckpoint;
import io.holdfast.replicationrouter.checkpoint.Readiness;
import io.holdfast.replicationrouter.checkpoint.UserCut;
import io.holdfast.replicationrouter.policy.GroupPolicy;
import io.holdfast.replicationrouter.policy.PolicyTable;
import io.holdfast.replicationrouter.session.RouterError;
import io.holdfast.replicationrouter.stream.StreamCursor;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/** Carries out what {@link GroupCuts} decides for every group whose partition this router owns. */
final class Checkpoints {
    private static final Logger LOG = Logger.getLogger(Checkpoints.class);

    private final RouterContext context;
    private final CommandAnswers answers;
    private final Map<PgId, GroupCuts> groups = new HashMap<>();

    Checkpoints(RouterContext context, CommandAnswers answers) {
        this.context = context;
        this.answers = answers;
    }

    void tick() {
        for (GroupPolicy policy : List.copyOf(context.policies.all())) {
            if (owned(policy)) {
                GroupCuts cuts = cutsOf(policy.pg());
                perform(
                        policy,
                        cuts.tick(
                                context.clock.nanos(),
                                context.clock.micros(),
                                policy.checkpointInterval(),
                                readiness(policy)));
            }
        }
    }

    /** @return false when too many requests wait */
    boolean request(GroupPolicy policy, UserCut request) {
        boolean taken = cutsOf(policy.pg()).request(request);
        tick();
        return taken;
    }

    /** The batch that this marker ends was appended just now; the record goes directly behind it. */
    void marker(GroupPolicy policy, StreamId stream, CheckpointId checkpoint, StreamPosition position) {
        GroupCuts cuts = groups.get(policy.pg());
        if (cuts != null) {
            perform(policy, cuts.marker(stream, checkpoint, position).stream().toList());
        }
    }

    void streamLost(StreamId stream) {
        GroupCuts cuts = groups.get(stream.pg());
        Optional<GroupPolicy> policy = context.policies.of(stream.pg());
        if (cuts != null && policy.isPresent()) {
            perform(policy.get(), cuts.streamLost(stream).stream().toList());
        }
    }

    void policyChanged(PolicyTable.Change change) {
        GroupCuts cuts = groups.get(change.pg());
        if (cuts == null) {
            return;
        }
        GroupPolicy policy = change.after().or(change::before).orElseThrow();
        perform(policy, cuts.policyChanged().stream().toList());
        if (change.after().filter(GroupPolicy::assigned).isEmpty()) {
            groups.remove(change.pg());
            cuts.abandon()
                    .forEach(request -> answers.failed(
                            request.command(),
                            RouterError.PG_UNKNOWN,
                            "group %s is not protected any more".formatted(change.pg())));
        }
    }

    /** Another router cuts these groups from now on, and carries out the requests that wait here. */
    void abandon(Collection<PgId> lost) {
        lost.forEach(pg -> {
            GroupCuts cuts = groups.remove(pg);
            if (cuts != null) {
                cuts.abandon();
            }
        });
    }

    /** Why no checkpoint of the group is cut now; empty when they are being cut. */
    Optional<NoCheckpoint> blockedBy(GroupPolicy policy) {
        return switch (readiness(policy)) {
            case Readiness.Blocked blocked -> Optional.of(blocked.reason());
            case Readiness.Ready ready ->
                cutsOf(policy.pg()).waitsForMarker(context.clock.nanos(), policy.checkpointInterval())
                        ? Optional.of(NoCheckpoint.WAITING_FOR_MARKER)
                        : Optional.empty();
        };
    }

    /** Cuts and discards of the group since this router took it. */
    long cuts(PgId pg) {
        return Optional.ofNullable(groups.get(pg)).map(GroupCuts::cuts).orElse(0L);
    }

    long discards(PgId pg) {
        return Optional.ofNullable(groups.get(pg)).map(GroupCuts::discards).orElse(0L);
    }

    private void perform(GroupPolicy policy, List<Action> actions) {
        for (Action action : actions) {
            switch (action) {
                case Action.OrderMarkers order -> orderMarkers(policy, order);
                case Action.WriteRecord write -> write(policy, write);
                case Action.Done done -> {
                    context.meters.checkpointCut(done.cut().kind());
                    done.cut().command().ifPresent(answers::ok);
                }
                case Action.Discarded discarded -> {
                    context.meters.checkpointDiscarded(discarded.why());
                    LOG.infof(
                            "Checkpoint %s of group %s discarded: %s",
                            discarded.cut().id(), policy.pg(), discarded.why());
                }
                case Action.Refuse refuse ->
                    answers.failed(
                            refuse.command(),
                            RouterError.valueOf(refuse.why().name()),
                            "no checkpoint of group %s can be cut now: %s".formatted(policy.pg(), refuse.why()));
                case Action.Expire expire ->
                    answers.failed(
                            expire.command(),
                            RouterError.COMMAND_EXPIRED,
                            "no checkpoint of group %s was cut in time".formatted(policy.pg()));
            }
        }
    }

    private void orderMarkers(GroupPolicy policy, Action.OrderMarkers order) {
        for (StreamId stream : order.streams()) {
            context.liveSession(stream.agent())
                    .ifPresent(session -> session.send(
                            Frames.cutMarker(policy.pg(), order.cut().id()), context.clock.nanos()));
        }
    }

    private void write(GroupPolicy policy, Action.WriteRecord write) {
        Cut cut = write.cut();
        CheckpointRecord.Builder record = CheckpointRecord.newBuilder()
                .setCheckpointId(cut.id().toString())
                .setKind(
                        switch (cut.kind()) {
                            case CRASH -> CheckpointKind.CRASH;
                            case USER -> CheckpointKind.USER;
                        })
                .setName(cut.name())
                .setCutAtMicros(cut.cutAtMicros())
                .setVolumeCount(cut.volumeCount())
                .setPolicyRevision(cut.policyRevision());
        write.positions()
                .forEach((stream, position) -> record.addPositions(io.holdfast.proto.v1.StreamPosition.newBuilder()
                        .setAgentId(stream.agent().toString())
                        .setEpoch(position.epoch().value())
                        .setSeq(position.seq().value())));
        ChangesRecord message = ChangesRecord.newBuilder()
                .setPgId(policy.pg().toString())
                .setCheckpoint(record)
                .build();
        context.changes.append(policy.partition(), message, new ChangesLog.Completion() {
            @Override
            public void written() {
                conclude(GroupCuts::written);
            }

            @Override
            public void failed(String why) {
                conclude(GroupCuts::writeFailed);
            }

            private void conclude(java.util.function.BiFunction<GroupCuts, CheckpointId, Optional<Action>> event) {
                GroupCuts cuts = groups.get(policy.pg());
                if (cuts != null) {
                    perform(policy, event.apply(cuts, cut.id()).stream().toList());
                }
            }
        });
    }

    private Readiness readiness(GroupPolicy policy) {
        if (policy.mode() == GroupPolicy.Mode.PAUSED) {
            return new Readiness.Blocked(NoCheckpoint.PAUSED);
        }
        Set<StreamId> streams = policy.streams();
        if (streams.size() > 1) {
            return new Readiness.Blocked(NoCheckpoint.SEVERAL_STREAMS);
        }
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
        Set<String> inSync = report.getVolumesList().stream()
                .filter(volume -> volume.getState() == SyncState.IN_SYNC)
                .map(volume -> volume.getVolumeId().toLowerCase(java.util.Locale.ROOT))
                .collect(Collectors.toCollection(HashSet::new));
        return report.getEpoch() == following.epoch().value()
                && volumes.stream().map(VolumeId::toString).allMatch(inSync::contains);
    }

    private boolean owned(GroupPolicy policy) {
        return policy.assigned() && context.ownership.isOwn(policy.partition());
    }

    private GroupCuts cutsOf(PgId pg) {
        return groups.computeIfAbsent(pg, any -> new GroupCuts(context.settings.cutTimeout(), CheckpointId::random));
    }
}
