package io.holdfast.replicationagent.adapter.qemu;

import io.holdfast.replicationagent.adapter.qmp.QmpException;
import io.holdfast.replicationagent.capture.ReplicaMark;
import io.holdfast.replicationagent.capture.Volume;
import java.util.List;
import java.util.Optional;

/**
 * When bitmaps that record no more can go: the volume was in sync at a place of its stream behind the instant at which they stopped, and that place is
 * acknowledged. One thread.
 */
final class OlderBitmaps {
    private enum State {
        NONE,
        /** There are some; no place behind them is known yet. */
        KEPT,
        /** They go when the replica holds the place. */
        COVERED
    }

    private State state = State.NONE;
    private Optional<ReplicaMark> place = Optional.empty();

    /** There are older bitmaps from now on. */
    void begin() {
        state = State.KEPT;
        place = Optional.empty();
    }

    /** What QEMU has is not known any more. */
    void reset() {
        state = State.NONE;
        place = Optional.empty();
    }

    interface Node {
        BlockNode find() throws QmpException;
    }

    /** A step forward, if one is possible. True: there are none now. */
    boolean maintain(QemuMonitor qemu, Tracking tracking, Volume volume, Node node) throws QmpException {
        Optional<ReplicaMark> now = volume.replicaMark();
        // A place of an epoch that has ended is never acknowledged.
        boolean ended = place.isPresent()
                && now.isPresent()
                && now.get().epoch() != place.get().epoch();
        if (state == State.KEPT && now.isPresent() || ended) {
            place = now;
            state = State.COVERED;
        }
        if (state == State.COVERED && volume.replicaHolds(place.orElseThrow())) {
            BlockNode found = node.find();
            List<String> names = tracking.names(found);
            tracking.note(List.of(names.getLast()));
            for (String old : names.subList(0, names.size() - 1)) {
                qemu.removeBitmap(found.name(), old);
            }
            reset();
        }
        return state == State.NONE;
    }
}
