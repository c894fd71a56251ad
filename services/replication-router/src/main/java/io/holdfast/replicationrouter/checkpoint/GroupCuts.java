package io.holdfast.replicationrouter.checkpoint;

import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.CommandId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The cuts of one group: at most one is outstanding, requests of people wait behind it in a bounded queue. Every method
 * takes the present time and returns what to do; nothing here sends, writes or waits. Not thread-safe.
 *
 * <p>Monotonic times ({@code nowNanos}) rule the rhythm and the limits; wall-clock times ({@code nowMicros}) go into the
 * checkpoint.
 */
public final class GroupCuts {
    /** Requests of people that may wait; more are refused. */
    public static final int MAX_WAITING = 16;

    private final Duration cutTimeout;
    private final Supplier<CheckpointId> newIds;
    private final Deque<UserCut> waiting = new ArrayDeque<>();
    private CutState state = new CutState.Idle();
    private Optional<UserCut> outstanding = Optional.empty();
    private boolean ordered;
    private long lastOrderNanos;
    private boolean lastDiscarded;
    private long cuts;
    private long discards;

    public GroupCuts(Duration cutTimeout, Supplier<CheckpointId> newIds) {
        this.cutTimeout = cutTimeout;
        this.newIds = newIds;
    }

    /** What the caller has to do. */
    public sealed interface Action {
        /** Ask these streams for the marker of the cut. */
        record OrderMarkers(Cut cut, Set<StreamId> streams) implements Action {}

        /** Write the record directly behind the batch with the last marker. */
        record WriteRecord(Cut cut, Map<StreamId, StreamPosition> positions) implements Action {}

        /** The cut is a checkpoint: its record is in Kafka. */
        record Done(Cut cut) implements Action {}

        /** The cut is none; count it. */
        record Discarded(Cut cut, Discard why) implements Action {}

        /** Answer the command: the group has no consistent place now. */
        record Refuse(CommandId command, NoCheckpoint why) implements Action {}

        /** Answer the command: its time is over. */
        record Expire(CommandId command) implements Action {}
    }

    /**
     * Takes a person's request.
     *
     * @return false when as many wait as may; the command is to be refused then
     */
    public boolean request(UserCut request) {
        if (waiting.size() >= MAX_WAITING) {
            return false;
        }
        waiting.add(request);
        return true;
    }

    /** The timer. Discards a late cut, then orders the next one when it is due and possible. */
    public List<Action> tick(long nowNanos, long nowMicros, Duration interval, Readiness readiness) {
        List<Action> actions = new ArrayList<>();
        if (state instanceof CutState.Ordered late && late.late(nowNanos)) {
            actions.add(discard(late, Discard.TIMED_OUT));
        }
        waiting.removeIf(request -> {
            boolean over = request.expiresAtMicros() <= nowMicros;
            if (over) {
                actions.add(new Action.Expire(request.command()));
            }
            return over;
        });
        switch (readiness) {
            case Readiness.Blocked blocked -> refuseWaiting(blocked.reason(), actions);
            case Readiness.Ready ready -> {
                boolean due = !ordered || nowNanos - lastOrderNanos >= interval.toNanos();
                if (state instanceof CutState.Idle idle && (due || !waiting.isEmpty())) {
                    actions.add(order(idle, ready, nowNanos, nowMicros));
                }
            }
        }
        return actions;
    }

    /** A batch with this marker is being handed to Kafka; its end is the stream's position. */
    public Optional<Action> marker(StreamId stream, CheckpointId checkpoint, StreamPosition position) {
        if (!(state instanceof CutState.Ordered current) || !current.cut().id().equals(checkpoint)) {
            return Optional.empty();
        }
        return current.alignment().mark(stream, position).map(positions -> {
            state = current.complete();
            return new Action.WriteRecord(current.cut(), positions);
        });
    }

    /** Kafka has the record of the cut. */
    public Optional<Action> written(CheckpointId checkpoint) {
        if (state instanceof CutState.Writing writing && writing.cut().id().equals(checkpoint)) {
            state = writing.done();
            outstanding = Optional.empty();
            cuts++;
            lastDiscarded = false;
            return Optional.of(new Action.Done(writing.cut()));
        }
        return Optional.empty();
    }

    /** Kafka did not take the record of the cut. */
    public Optional<Action> writeFailed(CheckpointId checkpoint) {
        if (state instanceof CutState.Writing writing && writing.cut().id().equals(checkpoint)) {
            state = writing.done();
            return Optional.of(discarded(writing.cut(), Discard.WRITE_FAILED));
        }
        return Optional.empty();
    }

    /** The stream's session ended or its continuity is lost: a marker that is missing does not come any more. */
    public Optional<Action> streamLost(StreamId stream) {
        return state instanceof CutState.Ordered current && current.alignment().awaits(stream)
                ? Optional.of(discard(current, Discard.STREAM_LOST))
                : Optional.empty();
    }

    /** The group changed in a way that the ordered cut does not fit. */
    public Optional<Action> policyChanged() {
        return state instanceof CutState.Ordered current
                ? Optional.of(discard(current, Discard.POLICY_CHANGED))
                : Optional.empty();
    }

    /**
     * The group is handed over or gone: nothing stays outstanding here.
     *
     * @return requests of people that are not answered, the outstanding one included
     */
    public List<UserCut> abandon() {
        List<UserCut> open = new ArrayList<>();
        outstanding.ifPresent(open::add);
        open.addAll(waiting);
        state = new CutState.Idle();
        outstanding = Optional.empty();
        waiting.clear();
        return open;
    }

    /** Whether markers are late: the outstanding cut is older than the interval, or the last one never came. */
    public boolean waitsForMarker(long nowNanos, Duration interval) {
        return switch (state) {
            case CutState.Ordered current -> lastDiscarded || nowNanos - current.orderedAtNanos() > interval.toNanos();
            case CutState.Idle idle -> false;
            case CutState.Writing writing -> false;
        };
    }

    public long cuts() {
        return cuts;
    }

    public long discards() {
        return discards;
    }

    private Action order(CutState.Idle idle, Readiness.Ready ready, long nowNanos, long nowMicros) {
        UserCut request = waiting.poll();
        Cut cut = request == null
                ? new Cut(
                        newIds.get(),
                        Cut.Kind.CRASH,
                        "",
                        nowMicros,
                        ready.volumeCount(),
                        ready.policyRevision(),
                        Optional.empty())
                : new Cut(
                        request.checkpoint(),
                        Cut.Kind.USER,
                        request.name(),
                        nowMicros,
                        ready.volumeCount(),
                        ready.policyRevision(),
                        Optional.of(request.command()));
        outstanding = Optional.ofNullable(request);
        state = idle.order(cut, new MarkerAlignment(ready.streams()), nowNanos, nowNanos + cutTimeout.toNanos());
        ordered = true;
        lastOrderNanos = nowNanos;
        return new Action.OrderMarkers(cut, ready.streams());
    }

    private Action discard(CutState.Ordered current, Discard why) {
        state = current.discard();
        return discarded(current.cut(), why);
    }

    private Action discarded(Cut cut, Discard why) {
        discards++;
        lastDiscarded = true;
        // Under the same checkpoint id: should the first marker turn up after all, it serves this request.
        outstanding.ifPresent(waiting::addFirst);
        outstanding = Optional.empty();
        return new Action.Discarded(cut, why);
    }

    private void refuseWaiting(NoCheckpoint reason, List<Action> actions) {
        switch (reason) {
            case NOT_IN_SYNC, PAUSED, SEVERAL_STREAMS -> {
                waiting.forEach(request -> actions.add(new Action.Refuse(request.command(), reason)));
                waiting.clear();
            }
            // After a restart of the router commands are read before agents are back: they wait until they expire.
            case AGENT_DISCONNECTED, WAITING_FOR_MARKER -> {}
        }
    }
}
