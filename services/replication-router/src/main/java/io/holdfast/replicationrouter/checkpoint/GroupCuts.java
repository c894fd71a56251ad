package io.holdfast.replicationrouter.checkpoint;

import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.replicationrouter.checkpoint.CutState.Evidence;
import io.holdfast.replicationrouter.checkpoint.CutState.Freezing;
import io.holdfast.replicationrouter.checkpoint.CutState.Holding;
import io.holdfast.replicationrouter.checkpoint.CutState.Idle;
import io.holdfast.replicationrouter.checkpoint.CutState.Marking;
import io.holdfast.replicationrouter.checkpoint.CutState.Underway;
import io.holdfast.replicationrouter.checkpoint.CutState.Writing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The cuts of one group, by docs/checkpoint-protocol.md: at most one is outstanding. Every method that is told of an event returns what to do; nothing here sends,
 * writes or waits. Not thread-safe.
 *
 * <p>An event that names another order than the outstanding one's is late and changes nothing: that is all there is to duplicates and delays.
 *
 * <p>Monotonic times ({@code nowNanos}) rule the rhythm and the limits; wall-clock times ({@code nowMicros}) go into the
 * checkpoint.
 */
public final class GroupCuts {
    /** Requests of people that may wait; more are refused. */
    public static final int MAX_WAITING = CutQueue.MAX_WAITING;

    private final CutLimits limits;
    private final CutQueue queue;
    private final CutTally tally = new CutTally();
    private CutState state = new Idle();

    public GroupCuts(CutLimits limits, java.util.function.Supplier<CheckpointId> newIds) {
        this.limits = limits;
        this.queue = new CutQueue(newIds);
    }

    /** The time of an event. */
    public record Now(long nanos, long micros) {}

    /** What the caller has to do. */
    public sealed interface Action {
        /** Ask this stream for the marker of the cut; the group has no other. */
        record OrderMarker(Cut cut, StreamId stream) implements Action {}

        /** Ask these agents to freeze their guests of the group. */
        record Freeze(Cut cut, Set<StreamId> streams) implements Action {}

        record Thaw(Cut cut, Set<StreamId> streams) implements Action {}

        /** Ask these agents to hold completions and put their markers. */
        record Hold(Cut cut, Set<StreamId> streams) implements Action {}

        record Release(Cut cut, Set<StreamId> streams) implements Action {}

        /** All agents held {@code afterNanos} after the order. */
        record AllHeld(long afterNanos) implements Action {}

        /** Write the record directly behind what was appended so far; what waits behind markers comes after it. */
        record WriteRecord(Cut cut, CheckpointFacts facts) implements Action {}

        /** The cut is a checkpoint: its record is in Kafka. */
        record Done(Cut cut) implements Action {}

        /** The cut is none; count it. */
        record Discarded(Cut cut, Discard why) implements Action {}

        /** Answer the command: the group has no consistent place now. */
        record Refuse(CommandId command, NoCheckpoint why) implements Action {}

        /** Answer the command: its time is over. */
        record Expire(CommandId command) implements Action {}
    }

    /** What the record says beside the cut. */
    public record CheckpointFacts(
            Cut.Kind kind,
            Map<StreamId, StreamPosition> positions,
            Optional<AppFailure> appFailure,
            long frozenMicros,
            long heldMicros) {}

    /**
     * Takes a person's request.
     *
     * @return false when as many wait as may; the command is to be refused then
     */
    public boolean request(UserCut request) {
        return queue.add(request);
    }

    /** The timer: ends what is late, then orders the next cut when it is due and possible. */
    public List<Action> tick(Now now, Rhythm rhythm, Readiness readiness) {
        List<Action> actions = new ArrayList<>();
        if (state instanceof Underway underway && underway.late(now.nanos())) {
            actions.addAll(late(underway, now));
        }
        actions.addAll(queue.expire(now.micros()));
        switch (readiness) {
            case Readiness.Blocked blocked -> actions.addAll(queue.refuse(blocked.reason()));
            case Readiness.Ready ready -> {
                if (state instanceof Idle) {
                    queue.next(now, rhythm, ready).ifPresent(cut -> actions.addAll(order(cut, ready.streams(), now)));
                }
            }
        }
        return actions;
    }

    private List<Action> order(Cut cut, Set<StreamId> streams, Now now) {
        Evidence evidence = new Evidence(streams, cut.kind() == Cut.Kind.APP);
        if (cut.kind() == Cut.Kind.APP) {
            state = new Freezing(cut, evidence, now.nanos() + limits.freeze().toNanos());
            return List.of(new Action.Freeze(cut, streams));
        }
        return mark(cut, evidence, now);
    }

    private List<Action> mark(Cut planned, Evidence evidence, Now now) {
        Cut cut = planned.orderedAt(now.micros());
        if (evidence.holds().needed()) {
            state = new Holding(
                    cut, evidence, now.nanos(), now.nanos() + limits.hold().toNanos());
            return List.of(new Action.Hold(cut, evidence.streams()));
        }
        state = new Marking(
                cut, evidence, now.nanos(), now.nanos() + limits.markers().toNanos());
        return List.of(new Action.OrderMarker(cut, evidence.streams().iterator().next()));
    }

    private List<Action> late(Underway underway, Now now) {
        return switch (underway) {
            case Freezing freezing ->
                freezeFailed(freezing, AppFailure.FREEZE_TIMED_OUT, "not every guest was frozen in time", now);
            case Holding holding -> discard(holding, Discard.HOLD_TIMED_OUT);
            case Marking marking -> withoutThaws(marking, Discard.TIMED_OUT);
        };
    }

    /** The agent's guests of the group are frozen; or not, with a code, and then thawed again. */
    public List<Action> frozen(StreamId stream, CheckpointId order, String errorCode, String message, Now now) {
        if (!(state instanceof Freezing freezing) || !freezing.cut().order().equals(order)) {
            return List.of();
        }
        if (!errorCode.isEmpty()) {
            return freezeFailed(freezing, errorCode, message, now);
        }
        freezing.evidence().freezes().frozen(stream);
        return freezing.evidence().freezes().allFrozen() ? mark(freezing.cut(), freezing.evidence(), now) : List.of();
    }

    /** The cut goes on as CRASH, at once: its markers are as consistent as any. */
    private List<Action> freezeFailed(Freezing freezing, String code, String message, Now now) {
        freezing.evidence().freezes().fail(code, message);
        List<Action> actions = new ArrayList<>(thaw(freezing));
        actions.addAll(mark(freezing.cut(), freezing.evidence(), now));
        return actions;
    }

    /** The agent's guests go on. */
    public List<Action> thawed(StreamId stream, CheckpointId order, boolean expired, long frozenMicros, Now now) {
        tally.frozen(now.nanos(), frozenMicros);
        if (!(state instanceof Underway underway) || !underway.cut().order().equals(order)) {
            return List.of();
        }
        underway.evidence().freezes().thawed(stream, expired, frozenMicros);
        boolean failed = underway.evidence().freezes().failure().isPresent();
        return switch (underway) {
            case Freezing freezing
            when failed -> freezeFailed(freezing, AppFailure.FREEZE_EXPIRED, "a guest thawed by itself", now);
            case Freezing _ -> List.of();
            // No guest need stay frozen for a checkpoint that is CRASH.
            case Holding holding -> failed ? thaw(holding) : List.of();
            case Marking marking -> {
                List<Action> actions = new ArrayList<>(failed ? thaw(marking) : List.of());
                actions.addAll(writeIfSettled(marking));
                yield actions;
            }
        };
    }

    /** The agent holds and its marker is at this place; or it does not, with a code. */
    public List<Action> held(StreamId stream, CheckpointId order, Optional<StreamPosition> marker, Now now) {
        if (!(state instanceof Holding holding) || !holding.cut().order().equals(order)) {
            return List.of();
        }
        if (holding.late(now.nanos())) {
            return discard(holding, Discard.HOLD_TIMED_OUT);
        }
        if (marker.isEmpty()) {
            return discard(holding, Discard.HOLD_REFUSED);
        }
        if (contradicts(holding.evidence().markers().positions().get(stream), marker.get())) {
            return discard(holding, Discard.STREAM_LOST);
        }
        Evidence evidence = holding.evidence();
        evidence.holds().held(stream, marker.get());
        if (!evidence.holds().allHeld()) {
            return List.of();
        }
        Marking marking = holding.release(now.nanos() + limits.markers().toNanos());
        state = marking;
        List<Action> actions = new ArrayList<>();
        actions.add(new Action.AllHeld(now.nanos() - holding.orderedAtNanos()));
        actions.add(new Action.Release(marking.cut(), evidence.streams()));
        actions.addAll(thaw(marking));
        return actions;
    }

    /** Completions go on there. */
    public List<Action> holdEnded(StreamId stream, CheckpointId order, boolean expired, long heldMicros, Now now) {
        tally.held(now.nanos(), heldMicros);
        if (!(state instanceof Underway underway) || !underway.cut().order().equals(order)) {
            return List.of();
        }
        return switch (underway) {
            case Freezing _ -> List.of();
            // Nothing was released yet, whatever the agent says.
            case Holding holding -> discard(holding, Discard.HOLD_EXPIRED);
            case Marking marking when expired -> discard(marking, Discard.HOLD_EXPIRED);
            case Marking marking -> {
                marking.evidence().holds().ended(stream, heldMicros);
                yield writeIfSettled(marking);
            }
        };
    }

    /**
     * A batch with this marker was handed to Kafka just now; its end is the stream's position.
     *
     * @param asOfMicros the instant that the marked state is as of, when it is before the order; 0 = the order's
     */
    public List<Action> marker(StreamId stream, CheckpointId order, StreamPosition position, long asOfMicros) {
        if (!(state instanceof Underway underway) || !underway.cut().order().equals(order)) {
            return List.of();
        }
        Evidence evidence = underway.evidence();
        if (contradicts(evidence.holds().markerOf(stream).orElse(null), position)) {
            return discard(underway, Discard.STREAM_LOST);
        }
        if (!evidence.markers().mark(stream, position)) {
            return List.of();
        }
        Underway at = asOfMicros == 0 ? underway : underway.notLaterThan(asOfMicros);
        state = at;
        if (!(at instanceof Marking marking)) {
            return List.of();
        }
        List<Action> actions = new ArrayList<>(evidence.markers().complete() ? thaw(marking) : List.of());
        actions.addAll(writeIfSettled(marking));
        return actions;
    }

    /** Held and the marker's batch both say where the marker is. They differ when the stream began anew in between. */
    private static boolean contradicts(StreamPosition known, StreamPosition said) {
        return known != null && !known.equals(said);
    }

    private List<Action> writeIfSettled(Marking marking) {
        Evidence evidence = marking.evidence();
        if (!evidence.settled()) {
            return List.of();
        }
        state = marking.write();
        boolean failedApp = marking.cut().kind() == Cut.Kind.APP
                && evidence.freezes().failure().isPresent();
        return List.of(new Action.WriteRecord(
                marking.cut(),
                new CheckpointFacts(
                        failedApp ? Cut.Kind.CRASH : marking.cut().kind(),
                        evidence.positions(),
                        evidence.freezes().failure(),
                        evidence.freezes().longestMicros(),
                        evidence.holds().longestMicros())));
    }

    /** Guests that do not report are no reason to lose a checkpoint that is crash-consistent without them. */
    private List<Action> withoutThaws(Underway underway, Discard otherwise) {
        if (underway instanceof Marking marking && marking.evidence().crashConsistent()) {
            marking.evidence()
                    .freezes()
                    .fail(
                            AppFailure.THAW_UNCONFIRMED,
                            "not every agent said that its guests were frozen until the marker");
            return writeIfSettled(marking);
        }
        return discard(underway, otherwise);
    }

    /** Kafka has the record of the cut. */
    public Optional<Action> written(CheckpointId order) {
        if (state instanceof Writing writing && writing.cut().order().equals(order)) {
            state = writing.done();
            queue.done();
            tally.cut();
            return Optional.of(new Action.Done(writing.cut()));
        }
        return Optional.empty();
    }

    /** Kafka did not take the record of the cut. */
    public Optional<Action> writeFailed(CheckpointId order) {
        if (state instanceof Writing writing && writing.cut().order().equals(order)) {
            state = writing.done();
            return Optional.of(discarded(writing.cut(), Discard.WRITE_FAILED));
        }
        return Optional.empty();
    }

    /** Kafka did not take a batch of the group: markers in front of which it stood are worth nothing. */
    public List<Action> batchFailed() {
        return state instanceof Underway underway ? discard(underway, Discard.WRITE_FAILED) : List.of();
    }

    /** The stream's session ended or its continuity is lost: what is missing of it does not come any more. */
    public List<Action> streamLost(StreamId stream) {
        if (!(state instanceof Underway underway)) {
            return List.of();
        }
        Evidence evidence = underway.evidence();
        if (!(underway instanceof Marking)
                || evidence.markers().awaits(stream)
                || evidence.holds().awaitsEnd(stream)) {
            return discard(underway, Discard.STREAM_LOST);
        }
        if (!evidence.freezes().awaitsThaw(stream)) {
            return List.of();
        }
        evidence.freezes()
                .fail(
                        AppFailure.THAW_UNCONFIRMED,
                        "agent %s was lost while its guests were frozen".formatted(stream.agent()));
        List<Action> actions = new ArrayList<>(thaw(underway));
        actions.addAll(writeIfSettled((Marking) underway));
        return actions;
    }

    /** Too much waits behind the markers that are here. */
    public List<Action> waitingRoomFull() {
        return state instanceof Underway underway ? withoutThaws(underway, Discard.WAITING_ROOM_FULL) : List.of();
    }

    /** The group changed in a way that the ordered cut does not fit. */
    public List<Action> policyChanged() {
        return state instanceof Underway underway ? discard(underway, Discard.POLICY_CHANGED) : List.of();
    }

    /** Another router writes the group's order from now on. */
    public List<Action> ownershipLost() {
        return state instanceof Underway underway ? discard(underway, Discard.OWNERSHIP_LOST) : List.of();
    }

    /**
     * The group is handed over or gone: nothing stays outstanding here.
     *
     * @return requests of people that are not answered, the outstanding one included
     */
    public List<UserCut> abandon() {
        state = new Idle();
        return queue.abandon();
    }

    /** Whether a batch of the stream has to wait: its marker is here, and the record is not written. */
    public boolean parks(StreamId stream) {
        return state instanceof Underway underway
                && underway.evidence().markers().has(stream);
    }

    /** Why checkpoints fail to come although the group is ready; empty when they come. */
    public Optional<NoCheckpoint> trouble(long nowNanos, Rhythm rhythm) {
        if (tally.lastDiscardWasAHold()) {
            return Optional.of(NoCheckpoint.HOLD_FAILED);
        }
        boolean late = state instanceof Marking marking
                && (tally.lastDiscarded()
                        || nowNanos - marking.orderedAtNanos()
                                > rhythm.interval().toNanos());
        return late ? Optional.of(NoCheckpoint.WAITING_FOR_MARKER) : Optional.empty();
    }

    public CutTally tally() {
        return tally;
    }

    private static List<Action> thaw(Underway underway) {
        Evidence evidence = underway.evidence();
        return evidence.freezes().orderThaw()
                ? List.of(new Action.Thaw(underway.cut(), evidence.streams()))
                : List.of();
    }

    private List<Action> discard(Underway underway, Discard why) {
        state = underway.discard();
        List<Action> actions = new ArrayList<>();
        if (underway instanceof Holding) {
            actions.add(new Action.Release(underway.cut(), underway.evidence().streams()));
        }
        actions.addAll(thaw(underway));
        actions.add(discarded(underway.cut(), why));
        return actions;
    }

    private Action discarded(Cut cut, Discard why) {
        tally.discarded(why);
        queue.discarded(why.costGuestsTime());
        return new Action.Discarded(cut, why);
    }
}
