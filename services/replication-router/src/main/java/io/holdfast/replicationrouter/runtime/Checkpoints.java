package io.holdfast.replicationrouter.runtime;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.proto.v1.Frozen;
import io.holdfast.proto.v1.Held;
import io.holdfast.proto.v1.HoldEnded;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.proto.v1.Thawed;
import io.holdfast.replicationrouter.checkpoint.CutTally;
import io.holdfast.replicationrouter.checkpoint.GroupCuts;
import io.holdfast.replicationrouter.checkpoint.GroupCuts.Action;
import io.holdfast.replicationrouter.checkpoint.NoCheckpoint;
import io.holdfast.replicationrouter.checkpoint.Readiness;
import io.holdfast.replicationrouter.checkpoint.Rhythm;
import io.holdfast.replicationrouter.checkpoint.UserCut;
import io.holdfast.replicationrouter.policy.GroupPolicy;
import io.holdfast.replicationrouter.policy.PolicyTable;
import io.holdfast.replicationrouter.session.RouterError;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jboss.logging.Logger;

/** Carries out what {@link GroupCuts} decides for every group whose partition this router owns. */
final class Checkpoints {
    private static final Logger LOG = Logger.getLogger(Checkpoints.class);

    private final RouterContext context;
    private final CommandAnswers answers;
    private final Consumer<PgId> letGo;
    private final GroupReadiness readiness;
    private final Map<PgId, GroupCuts> groups = new HashMap<>();

    /** @param letGo called when batches of a group that waited behind a marker may go on, or may not need to wait */
    Checkpoints(RouterContext context, CommandAnswers answers, Consumer<PgId> letGo) {
        this.context = context;
        this.answers = answers;
        this.letGo = letGo;
        this.readiness = new GroupReadiness(context);
    }

    void tick() {
        for (GroupPolicy policy : List.copyOf(context.policies.all())) {
            if (policy.assigned() && context.ownership.isOwn(policy.partition())) {
                cutsOf(policy.pg());
                tell(policy.pg(), cuts -> cuts.tick(now(), rhythm(policy), readiness.of(policy)));
            }
        }
    }

    /** @return false when too many requests wait */
    boolean request(GroupPolicy policy, UserCut request) {
        boolean taken = cutsOf(policy.pg()).request(request);
        tick();
        return taken;
    }

    /** The batch that this marker ends was appended just now. */
    void marker(StreamId stream, CheckpointId order, StreamPosition position, long asOfMicros) {
        tell(stream.pg(), cuts -> cuts.marker(stream, order, position, asOfMicros));
    }

    /** Whether a batch of the stream has to wait behind its marker. */
    boolean parks(StreamId stream) {
        GroupCuts cuts = groups.get(stream.pg());
        return cuts != null && cuts.parks(stream);
    }

    void waitingRoomFull(PgId pg) {
        tell(pg, GroupCuts::waitingRoomFull);
    }

    void batchFailed(PgId pg) {
        tell(pg, GroupCuts::batchFailed);
    }

    void held(AgentSession session, Held held) {
        StreamId stream = new StreamId(session.agent(), PgId.parse(held.getPgId()));
        CheckpointId order = CheckpointId.parse(held.getCheckpointId());
        Optional<StreamPosition> marker =
                held.getErrorCode().isEmpty() ? Optional.of(markerOf(held)) : Optional.empty();
        tell(stream.pg(), cuts -> cuts.held(stream, order, marker, now()));
    }

    private static StreamPosition markerOf(Held held) {
        if (held.getEpoch() < 1 || held.getMarkerSeq() < 1) {
            throw new HoldfastException(
                    RouterError.PROTOCOL_VIOLATION,
                    "Held names epoch %s, seq %s"
                            .formatted(
                                    Long.toUnsignedString(held.getEpoch()),
                                    Long.toUnsignedString(held.getMarkerSeq())));
        }
        return new StreamPosition(new Epoch(held.getEpoch()), new Seq(held.getMarkerSeq()));
    }

    void holdEnded(AgentSession session, HoldEnded ended) {
        StreamId stream = new StreamId(session.agent(), PgId.parse(ended.getPgId()));
        CheckpointId order = CheckpointId.parse(ended.getCheckpointId());
        context.meters.holdEnded(ended.getHeldMicros(), ended.getExpired());
        tell(stream.pg(), cuts -> cuts.holdEnded(stream, order, ended.getExpired(), ended.getHeldMicros(), now()));
    }

    void frozen(AgentSession session, Frozen frozen) {
        StreamId stream = new StreamId(session.agent(), PgId.parse(frozen.getPgId()));
        CheckpointId order = CheckpointId.parse(frozen.getCheckpointId());
        tell(
                stream.pg(),
                cuts -> cuts.frozen(stream, order, frozen.getErrorCode(), printable(frozen.getMessage()), now()));
    }

    void thawed(AgentSession session, Thawed thawed) {
        StreamId stream = new StreamId(session.agent(), PgId.parse(thawed.getPgId()));
        CheckpointId order = CheckpointId.parse(thawed.getCheckpointId());
        context.meters.guestsFrozen(thawed.getFrozenMicros());
        tell(stream.pg(), cuts -> cuts.thawed(stream, order, thawed.getExpired(), thawed.getFrozenMicros(), now()));
    }

    void streamLost(StreamId stream) {
        tell(stream.pg(), cuts -> cuts.streamLost(stream));
    }

    void policyChanged(PolicyTable.Change change) {
        if (!groups.containsKey(change.pg())) {
            return;
        }
        tell(change.pg(), GroupCuts::policyChanged);
        if (change.after().filter(GroupPolicy::assigned).isEmpty()) {
            groups.remove(change.pg())
                    .abandon()
                    .forEach(request -> answers.failed(
                            request.command(),
                            RouterError.PG_UNKNOWN,
                            "group %s is not protected any more".formatted(change.pg())));
        }
    }

    /** Another router cuts these groups from now on, and carries out the requests that wait here. */
    void abandon(Collection<PgId> lost) {
        for (PgId pg : lost) {
            tell(pg, GroupCuts::ownershipLost);
            GroupCuts cuts = groups.remove(pg);
            if (cuts != null) {
                cuts.abandon();
            }
        }
    }

    /** Why no checkpoint of the group is cut now; empty when they are being cut. */
    Optional<NoCheckpoint> blockedBy(GroupPolicy policy) {
        return switch (readiness.of(policy)) {
            case Readiness.Blocked blocked -> Optional.of(blocked.reason());
            case Readiness.Ready _ -> cutsOf(policy.pg()).trouble(context.clock.nanos(), rhythm(policy));
        };
    }

    /** What became of the group's cuts since this router took it. */
    Optional<CutTally> tally(PgId pg) {
        return Optional.ofNullable(groups.get(pg)).map(GroupCuts::tally);
    }

    private void tell(PgId pg, Function<GroupCuts, List<Action>> event) {
        GroupCuts cuts = groups.get(pg);
        if (cuts != null) {
            event.apply(cuts).forEach(action -> perform(pg, action));
            letGo.accept(pg);
        }
    }

    private void perform(PgId pg, Action action) {
        switch (action) {
            case Action.OrderMarker order ->
                send(Set.of(order.stream()), Frames.cutMarker(pg, order.cut().order()));
            case Action.Freeze freeze ->
                send(
                        freeze.streams(),
                        Frames.freeze(
                                pg,
                                freeze.cut().order(),
                                context.settings.cuts().freeze()));
            case Action.Thaw thaw ->
                send(thaw.streams(), Frames.thaw(pg, thaw.cut().order()));
            case Action.Hold hold ->
                send(
                        hold.streams(),
                        Frames.hold(
                                pg, hold.cut().order(), context.settings.cuts().hold()));
            case Action.Release release ->
                send(release.streams(), Frames.release(pg, release.cut().order()));
            case Action.AllHeld held -> context.meters.allHeld(held.afterNanos());
            case Action.WriteRecord write -> write(pg, write);
            case Action.Done done -> {
                context.meters.checkpointCut(done.cut().kind());
                done.cut().command().ifPresent(answers::ok);
            }
            case Action.Discarded discarded -> {
                context.meters.checkpointDiscarded(discarded.why());
                LOG.infof(
                        "Checkpoint %s of group %s discarded: %s",
                        discarded.cut().id(), pg, discarded.why());
            }
            case Action.Refuse refuse ->
                answers.failed(
                        refuse.command(),
                        RouterError.valueOf(refuse.why().name()),
                        "no checkpoint of group %s can be cut now: %s".formatted(pg, refuse.why()));
            case Action.Expire expire ->
                answers.failed(
                        expire.command(),
                        RouterError.COMMAND_EXPIRED,
                        "no checkpoint of group %s was cut in time".formatted(pg));
        }
    }

    private void send(Set<StreamId> streams, RouterFrame frame) {
        for (StreamId stream : streams) {
            context.liveSession(stream.agent()).ifPresent(session -> session.send(frame, context.clock.nanos()));
        }
    }

    private void write(PgId pg, Action.WriteRecord write) {
        write.facts().appFailure().ifPresent(failure -> {
            context.meters.appCheckpointFailed(failure.code());
            LOG.infof(
                    "Checkpoint %s of group %s is CRASH and not APP: %s: %s",
                    write.cut().id(), pg, failure.code(), failure.message());
        });
        GroupPolicy policy = context.policies.of(pg).orElseThrow();
        context.changes.append(
                policy.partition(),
                CheckpointRecords.of(pg, write, GroupMachines.of(policy, context)),
                new ChangesLog.Completion() {
                    @Override
                    public void written() {
                        conclude(GroupCuts::written);
                    }

                    @Override
                    public void failed(String why) {
                        conclude(GroupCuts::writeFailed);
                    }

                    private void conclude(BiFunction<GroupCuts, CheckpointId, Optional<Action>> event) {
                        tell(pg, cuts -> event.apply(cuts, write.cut().order()).stream()
                                .toList());
                    }
                });
    }

    private GroupCuts.Now now() {
        return new GroupCuts.Now(context.clock.nanos(), context.clock.micros());
    }

    private static Rhythm rhythm(GroupPolicy policy) {
        return new Rhythm(policy.checkpointInterval(), policy.appCheckpointInterval());
    }

    private static String printable(String message) {
        return message.length() > 500 ? message.substring(0, 500) : message;
    }

    private GroupCuts cutsOf(PgId pg) {
        return groups.computeIfAbsent(pg, _ -> new GroupCuts(context.settings.cuts(), CheckpointId::random));
    }
}
