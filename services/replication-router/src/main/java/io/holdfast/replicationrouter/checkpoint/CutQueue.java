package io.holdfast.replicationrouter.checkpoint;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.replicationrouter.checkpoint.GroupCuts.Action;
import io.holdfast.replicationrouter.checkpoint.GroupCuts.Now;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What of a group is cut next: requests of people, in a bounded queue, go ahead of the timer. */
final class CutQueue {
    /** Requests of people that may wait; more are refused. */
    static final int MAX_WAITING = 16;

    private final Supplier<CheckpointId> newIds;
    private final Deque<UserCut> waiting = new ArrayDeque<>();
    private Optional<UserCut> outstanding = Optional.empty();
    private boolean ordered;
    private long lastOrderNanos;
    private boolean appOrdered;
    private long lastAppNanos;
    private boolean pausing;
    private int failedHolds;

    CutQueue(Supplier<CheckpointId> newIds) {
        this.newIds = newIds;
    }

    boolean add(UserCut request) {
        if (waiting.size() >= MAX_WAITING) {
            return false;
        }
        waiting.add(request);
        return true;
    }

    /** The cut to order now, if one is due. */
    Optional<Cut> next(Now now, Rhythm rhythm, Readiness.Ready ready) {
        long since = now.nanos() - lastOrderNanos;
        if (ordered && pausing && since < rhythm.pauseAfterDiscard(failedHolds).toNanos()) {
            return Optional.empty();
        }
        boolean due = !ordered || since >= rhythm.interval().toNanos();
        if (!due && waiting.isEmpty()) {
            return Optional.empty();
        }
        ordered = true;
        pausing = false;
        lastOrderNanos = now.nanos();
        outstanding = Optional.ofNullable(waiting.poll());
        return Optional.of(
                outstanding.map(request -> asked(request, now, ready)).orElseGet(() -> timed(now, rhythm, ready)));
    }

    private Cut asked(UserCut request, Now now, Readiness.Ready ready) {
        return new Cut(
                request.checkpoint(),
                newIds.get(),
                request.kind(),
                request.name(),
                now.micros(),
                ready.volumeCount(),
                ready.policyRevision(),
                Optional.of(request.command()));
    }

    private Cut timed(Now now, Rhythm rhythm, Readiness.Ready ready) {
        boolean app = rhythm.cutsApp()
                && (!appOrdered
                        || now.nanos() - lastAppNanos >= rhythm.appInterval().toNanos());
        if (app) {
            appOrdered = true;
            lastAppNanos = now.nanos();
        }
        CheckpointId id = newIds.get();
        return new Cut(
                id,
                id,
                app ? Cut.Kind.APP : Cut.Kind.CRASH,
                "",
                now.micros(),
                ready.volumeCount(),
                ready.policyRevision(),
                Optional.empty());
    }

    /** The outstanding cut is a checkpoint. */
    void done() {
        failedHolds = 0;
        outstanding = Optional.empty();
    }

    /** The outstanding cut is none: a person's is ordered again. */
    void discarded(boolean costGuestsTime) {
        failedHolds += costGuestsTime ? 1 : 0;
        outstanding.ifPresent(waiting::addFirst);
        outstanding = Optional.empty();
        pausing = true;
    }

    List<Action> expire(long nowMicros) {
        List<Action> actions = new ArrayList<>();
        waiting.removeIf(request -> {
            boolean over = request.expiresAtMicros() <= nowMicros;
            if (over) {
                actions.add(new Action.Expire(request.command()));
            }
            return over;
        });
        return actions;
    }

    List<Action> refuse(NoCheckpoint reason) {
        return switch (reason) {
            case NOT_IN_SYNC, PAUSED -> {
                List<Action> refused = new ArrayList<>();
                waiting.forEach(request -> refused.add(new Action.Refuse(request.command(), reason)));
                waiting.clear();
                yield refused;
            }
            // After a restart of the router commands are read before agents are back: they wait until they expire.
            case AGENT_DISCONNECTED, WAITING_FOR_MARKER, HOLD_FAILED -> List.of();
        };
    }

    List<UserCut> abandon() {
        List<UserCut> open = new ArrayList<>();
        outstanding.ifPresent(open::add);
        open.addAll(waiting);
        outstanding = Optional.empty();
        waiting.clear();
        return open;
    }
}
