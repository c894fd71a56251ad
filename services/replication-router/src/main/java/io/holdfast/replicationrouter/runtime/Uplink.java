package io.holdfast.replicationrouter.runtime;

import io.holdfast.changestream.BatchHeader;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.proto.v1.ChangeBatch;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.replicationrouter.policy.GroupPolicy;
import io.holdfast.replicationrouter.session.RouterError;
import io.holdfast.replicationrouter.stream.StreamCursor;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * The way of a batch: checked, judged by its stream's cursor, appended to Kafka, acknowledged to the agent.
 *
 * <p>A batch behind the marker of a checkpoint that is not written yet waits in the {@link WaitingRoom}, and what follows in its stream waits behind it.
 *
 * <p>Why nothing later is acknowledged after a failed batch: a failure ends the session, an ended session sends no frames, and the
 * changes log fails everything that was appended behind the failed record. The agent resends from its last
 * acknowledgement in its next session.
 */
final class Uplink {
    private static final Logger LOG = Logger.getLogger(Uplink.class);
    /** The part of the in-flight budget that batches behind markers may take. */
    private static final int WAITING_ROOM_SHARE = 2;

    private final RouterContext context;
    private final Sessions sessions;
    private final Checkpoints checkpoints;
    private final WaitingRoom room;
    private final Set<PgId> lettingGo = new HashSet<>();
    private final Set<AgentSession> acksDue = new LinkedHashSet<>();
    private boolean flushScheduled;

    Uplink(RouterContext context, Sessions sessions, Checkpoints checkpoints) {
        this.context = context;
        this.sessions = sessions;
        this.checkpoints = checkpoints;
        this.room = new WaitingRoom(context.settings.inFlightBytes() / WAITING_ROOM_SHARE);
    }

    void batch(AgentSession session, BatchHeader header, ChangeBatch batch) {
        int bodyBytes = batch.getBody().size();
        context.credits.arrived(session, bodyBytes);
        if (!take(session, header, batch)) {
            leave(session, bodyBytes);
        }
    }

    /** @return whether the batch stays here until Kafka has it */
    private boolean take(AgentSession session, BatchHeader header, ChangeBatch batch) {
        StreamId stream = header.stream();
        if (!stream.agent().equals(session.agent())) {
            sessions.reject(
                    session,
                    RouterError.IDENTITY_MISMATCH,
                    "a batch of agent %s came in the session of agent %s".formatted(stream.agent(), session.agent()));
            return false;
        }
        Optional<GroupPolicy> policy =
                context.policies.of(stream.pg()).filter(group -> group.assignedTo(session.agent()));
        if (policy.isEmpty()) {
            unassigned(session, stream);
            return false;
        }
        if (!context.ownership.isOwn(policy.get().partition())) {
            notOwned(session, policy.get());
            return false;
        }
        SessionStream state = streamOf(session, stream);
        switch (state.cursor().offer(header.epoch(), header.first(), header.last())) {
            case StreamCursor.Step.Forward forward -> {
                state.moveTo(forward.cursor());
                forward(session, state, policy.get(), header, batch);
                return true;
            }
            case StreamCursor.Step.Drop drop -> {
                context.meters.batchDropped(drop.reason().name());
                return false;
            }
            case StreamCursor.Step.Reset reset -> {
                LOG.warnf(
                        "Stream %s has a gap: batch %s:%s to %s does not follow %s; a new epoch is asked for",
                        stream, header.epoch(), header.first(), header.last(), state.cursor());
                reset(session, stream, state, reset.cursor().epoch(), Frames.ResetReason.STREAM_GAP);
                return false;
            }
        }
    }

    /** A batch is not held here any more: its credit comes back, to this session or, with the room, to one that waited longer. */
    private void leave(AgentSession session, int bodyBytes) {
        context.credits.left(session, bodyBytes);
        grantCredits();
    }

    /** Credits that are owed, to sessions that take them. To be called again when one takes frames again. */
    void grantCredits() {
        context.credits.due(session -> session.connection().ready()).forEach(grant -> grant.session()
                .send(Frames.credit(grant.bytes()), context.clock.nanos()));
    }

    private void forward(
            AgentSession session, SessionStream state, GroupPolicy policy, BatchHeader header, ChangeBatch batch) {
        ArrivedBatch arrived =
                new ArrivedBatch(session, state, policy.partition(), header, batch, batch.getSerializedSize());
        context.budget.take(arrived.chargeBytes());
        context.meters.inFlightBytes(context.budget.usedBytes());
        if (!mustWait(arrived.stream())) {
            append(arrived);
            return;
        }
        if (!room.fits(arrived)) {
            checkpoints.waitingRoomFull(arrived.stream().pg());
        }
        // Also when the cut was just given up: what waits already goes first.
        park(arrived);
        letGo(arrived.stream().pg());
    }

    private boolean mustWait(StreamId stream) {
        return checkpoints.parks(stream) || room.holds(stream);
    }

    private void park(ArrivedBatch batch) {
        room.park(batch);
        context.meters.waitingRoomBytes(room.usedBytes());
    }

    private void append(ArrivedBatch arrived) {
        AgentSession session = arrived.session();
        BatchHeader header = arrived.header();
        StreamId stream = arrived.stream();
        // Taken out: the completion must not hold the batch.
        SessionStream state = arrived.state();
        int sizeBytes = arrived.sizeBytes();
        int bodyBytes = arrived.bodyBytes();
        long charge = arrived.chargeBytes();
        long appendedAt = context.clock.nanos();
        context.meters.batchForwarded(sizeBytes);
        ChangesRecord record = ChangesRecord.newBuilder()
                .setPgId(stream.pg().toString())
                .setBatch(arrived.batch())
                .build();
        context.changes.append(arrived.partition(), record, new ChangesLog.Completion() {
            @Override
            public void written() {
                context.meters.produced(context.clock.nanos() - appendedAt);
                release(charge);
                leave(session, bodyBytes);
                context.continuity.confirmed(stream, header.end());
                if (session.live()) {
                    state.confirmed(header.end(), sizeBytes);
                    acknowledgeSoon(session);
                }
            }

            @Override
            public void failed(String why) {
                context.meters.produceFailed();
                release(charge);
                checkpoints.batchFailed(stream.pg());
                leave(session, bodyBytes);
                sessions.reject(
                        session,
                        RouterError.KAFKA_UNAVAILABLE,
                        "Kafka did not take batch %s:%s of group %s: %s; resend from the last acknowledgement"
                                .formatted(header.epoch(), header.first(), stream.pg(), why));
            }
        });
        header.marker()
                .ifPresent(marker -> checkpoints.marker(
                        stream, marker, header.end(), arrived.batch().getMarkerCutAtMicros()));
    }

    /**
     * Batches of the group may go on. Later, on the loop: while Kafka's failures are being reported nothing may be appended, because a batch that stood in front may be
     * among them.
     */
    void letGo(PgId pg) {
        if (room.holds(pg) && lettingGo.add(pg)) {
            context.loop.execute(() -> goOn(pg));
        }
    }

    private void goOn(PgId pg) {
        lettingGo.remove(pg);
        for (ArrivedBatch batch : room.takeAll(pg)) {
            if (!batch.session().live()) {
                giveBack(batch);
            } else if (mustWait(batch.stream())) {
                park(batch);
            } else {
                append(batch);
            }
        }
        context.meters.waitingRoomBytes(room.usedBytes());
    }

    /** The session has ended: what waits of it is never appended, because the agent sends it again. */
    void sessionLost(AgentSession session) {
        drop(batch -> batch.session() == session);
    }

    /** The group is not assigned any more, or is another router's: nothing of it is appended from now on. */
    void dropWaiting(Set<PgId> groups) {
        Set<AgentSession> behind = new LinkedHashSet<>();
        drop(batch -> {
            boolean gone = groups.contains(batch.stream().pg());
            if (gone) {
                behind.add(batch.session());
            }
            return gone;
        });
        // Their cursors are past what was dropped: only a new session knows where the stream goes on.
        behind.forEach(session -> sessions.reject(
                session,
                RouterError.PARTITION_NOT_OWNED,
                "a group of this session has moved; resend from the last acknowledgement"));
    }

    private void drop(java.util.function.Predicate<ArrivedBatch> useless) {
        room.takeIf(useless).forEach(this::giveBack);
        context.meters.waitingRoomBytes(room.usedBytes());
    }

    /** The stream within the session; one that Hello did not name has to begin with a new epoch. */
    SessionStream streamOf(AgentSession session, StreamId stream) {
        return session.streams()
                .computeIfAbsent(
                        stream.pg(), pg -> new SessionStream(context.continuity.resume(stream, Epoch.NONE, Seq.NONE)));
    }

    /** Tells the agent to begin a new epoch; the stream's batches are dropped until it does. */
    void reset(AgentSession session, StreamId stream, SessionStream state, Epoch useless, Frames.ResetReason reason) {
        Epoch broken = useless.isAfter(state.cursor().epoch())
                ? useless
                : state.cursor().epoch();
        state.moveTo(new StreamCursor.Broken(broken));
        session.send(Frames.reset(stream.pg(), broken, reason), context.clock.nanos());
        context.meters.streamReset(reason.name());
        checkpoints.streamLost(stream);
    }

    private void unassigned(AgentSession session, StreamId stream) {
        if (session.known().contains(stream.pg())) {
            // Sent before the agent saw that the group is not its any more. Never acknowledged, never in Kafka.
            context.meters.batchDropped(RouterError.PG_NOT_ASSIGNED.name());
            return;
        }
        sessions.reject(
                session,
                RouterError.PG_NOT_ASSIGNED,
                "a batch of group %s came, of which agent %s has no volume".formatted(stream.pg(), session.agent()));
    }

    private void notOwned(AgentSession session, GroupPolicy policy) {
        if (sessions.redirectIfElsewhere(session, policy)) {
            context.meters.batchDropped("REDIRECTED");
            return;
        }
        sessions.reject(
                session,
                RouterError.PARTITION_NOT_OWNED,
                "partition %d of group %s has no known owner now".formatted(policy.partition(), policy.pg()));
    }

    /** A batch that waited here will never be appended. */
    private void giveBack(ArrivedBatch batch) {
        release(batch.chargeBytes());
        leave(batch.session(), batch.bodyBytes());
    }

    private void release(long charge) {
        context.budget.release(charge);
        context.meters.inFlightBytes(context.budget.usedBytes());
        for (Optional<AgentSession> next = context.budget.nextWaiting();
                next.isPresent();
                next = context.budget.nextWaiting()) {
            next.get().connection().grant();
        }
    }

    private void acknowledgeSoon(AgentSession session) {
        acksDue.add(session);
        if (!flushScheduled) {
            flushScheduled = true;
            // Behind the completions that wait on the loop already: one frame acknowledges them all.
            context.loop.execute(this::flushAcks);
        }
    }

    /** Sends what is due to agents that take it; the others get theirs when they are ready. */
    void flushAcks() {
        flushScheduled = false;
        acksDue.removeIf(session -> {
            if (!session.live()) {
                return true;
            }
            if (!session.connection().ready()) {
                return false;
            }
            session.streams().forEach((pg, stream) -> stream.takeAck()
                    .ifPresent(position -> session.send(Frames.ack(pg, position), context.clock.nanos())));
            return true;
        });
    }
}
