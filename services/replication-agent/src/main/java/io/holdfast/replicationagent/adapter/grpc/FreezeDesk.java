package io.holdfast.replicationagent.adapter.grpc;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.proto.v1.AgentFrame;
import io.holdfast.proto.v1.Freeze;
import io.holdfast.proto.v1.Frozen;
import io.holdfast.proto.v1.Thaw;
import io.holdfast.proto.v1.Thawed;
import io.holdfast.replicationagent.quiesce.FreezeAnswers;
import io.holdfast.replicationagent.quiesce.FreezeFailure;
import io.holdfast.replicationagent.quiesce.FreezeOrder;
import io.holdfast.replicationagent.quiesce.GuestQuiescence;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Freeze and Thaw of one session, and the answers to them (docs/app-consistent.md). Threads: any. */
final class FreezeDesk implements FreezeAnswers {
    private final GuestQuiescence quiescence;
    private final Consumer<AgentFrame> out;

    FreezeDesk(GuestQuiescence quiescence, Consumer<AgentFrame> out) {
        this.quiescence = quiescence;
        this.out = out;
    }

    /** @throws IllegalArgumentException for a limit outside of its range; also {@code INVALID_ID} */
    void freeze(Freeze frame) {
        quiescence.freeze(
                new FreezeOrder(
                        PgId.parse(frame.getPgId()),
                        CheckpointId.parse(frame.getCheckpointId()),
                        Duration.ofMillis(Integer.toUnsignedLong(frame.getLimitMs()))),
                this);
    }

    void thaw(Thaw frame) {
        quiescence.thaw(PgId.parse(frame.getPgId()), CheckpointId.parse(frame.getCheckpointId()));
    }

    void sessionEnded() {
        quiescence.sessionLost(this);
    }

    @Override
    public void frozen(FreezeOrder order) {
        out.accept(AgentFrame.newBuilder().setFrozen(answer(order)).build());
    }

    @Override
    public void refused(FreezeOrder order, FreezeFailure failure) {
        Frozen.Builder answer =
                answer(order).setErrorCode(failure.code().name()).setMessage(failure.message());
        out.accept(AgentFrame.newBuilder().setFrozen(answer).build());
    }

    private static Frozen.Builder answer(FreezeOrder order) {
        return Frozen.newBuilder()
                .setPgId(order.pg().toString())
                .setCheckpointId(order.checkpoint().toString());
    }

    @Override
    public void thawed(FreezeOrder order, boolean expired, Duration frozenFor) {
        out.accept(AgentFrame.newBuilder()
                .setThawed(Thawed.newBuilder()
                        .setPgId(order.pg().toString())
                        .setCheckpointId(order.checkpoint().toString())
                        .setExpired(expired)
                        .setFrozenMicros(TimeUnit.NANOSECONDS.toMicros(frozenFor.toNanos())))
                .build());
    }
}
