package io.holdfast.replicationagent.adapter.grpc;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.proto.v1.Release;
import io.holdfast.replicationagent.stream.Hold;
import io.holdfast.replicationagent.stream.ReplicationStream;
import io.holdfast.replicationagent.stream.ReplicationStream.HoldOutcome;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The holds that one session began: at most one per group. They end with the session, because only its router could end them.
 *
 * <p>Threads: frames by the transport's thread, {@link #sessionEnded} by the session's, and one small thread per hold that waits for its end and says so.
 */
final class HoldDesk {
    private static final System.Logger LOG = System.getLogger(HoldDesk.class.getName());
    private static final int MAX_LIMIT_MS = 500;

    private final RouterSession session;
    private final SessionHost host;
    private final Map<PgId, Hold> holds = new ConcurrentHashMap<>();

    HoldDesk(RouterSession session, SessionHost host) {
        this.session = session;
        this.host = host;
    }

    /**
     * @throws IllegalArgumentException when the limit is not 1 to 500 ms
     * @throws io.holdfast.kernel.error.HoldfastException {@code INVALID_ID}
     */
    boolean hold(io.holdfast.proto.v1.Hold order) {
        PgId pg = PgId.parse(order.getPgId());
        CheckpointId checkpoint = CheckpointId.parse(order.getCheckpointId());
        int limitMs = order.getLimitMs();
        if (limitMs < 1 || limitMs > MAX_LIMIT_MS) {
            throw new IllegalArgumentException(
                    "a hold of " + Integer.toUnsignedString(limitMs) + " ms; 1 to " + MAX_LIMIT_MS + " are allowed");
        }
        Optional<ReplicationStream> stream = host.stream(pg);
        if (stream.isEmpty()) {
            session.answer(Frames.notAssigned(order));
            return true;
        }
        HoldOutcome outcome = stream.get().hold(checkpoint, Duration.ofMillis(limitMs));
        session.answer(Frames.held(order, outcome));
        switch (outcome) {
            case HoldOutcome.Held held -> watch(order, pg, held.hold());
            case HoldOutcome.NoMarker _, HoldOutcome.Outstanding _ ->
                LOG.log(
                        System.Logger.Level.DEBUG,
                        "Nothing is held; group=" + pg + " order=" + checkpoint + " reason=" + outcome);
        }
        return true;
    }

    private void watch(io.holdfast.proto.v1.Hold order, PgId pg, Hold hold) {
        holds.put(pg, hold);
        Thread.ofVirtual().name("hold-" + pg).start(() -> {
            Hold.End end = hold.await();
            holds.remove(pg, hold);
            host.holdEnded(hold, end);
            session.answer(Frames.holdEnded(order, end == Hold.End.EXPIRED, hold.heldNanos()));
        });
        if (session.isOver()) {
            // The end came between the frame and its entry here.
            hold.expire();
        }
    }

    boolean release(Release release) {
        Hold hold = holds.get(PgId.parse(release.getPgId()));
        if (hold != null && hold.checkpoint().equals(CheckpointId.parse(release.getCheckpointId()))) {
            hold.release();
        }
        return true;
    }

    void sessionEnded() {
        holds.values().forEach(Hold::expire);
    }
}
