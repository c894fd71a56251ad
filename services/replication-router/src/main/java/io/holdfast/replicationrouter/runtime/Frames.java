package io.holdfast.replicationrouter.runtime;

import io.holdfast.changestream.TransferForm;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.kernel.rate.RateLimit;
import io.holdfast.proto.v1.Ack;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.proto.v1.Assignments;
import io.holdfast.proto.v1.Codec;
import io.holdfast.proto.v1.Credit;
import io.holdfast.proto.v1.CutMarker;
import io.holdfast.proto.v1.Freeze;
import io.holdfast.proto.v1.Hold;
import io.holdfast.proto.v1.Ownership;
import io.holdfast.proto.v1.Ownerships;
import io.holdfast.proto.v1.PgAssignment;
import io.holdfast.proto.v1.Reject;
import io.holdfast.proto.v1.Release;
import io.holdfast.proto.v1.RouterFrame;
import io.holdfast.proto.v1.StreamRedirect;
import io.holdfast.proto.v1.StreamReset;
import io.holdfast.proto.v1.Thaw;
import io.holdfast.proto.v1.VmOwnership;
import io.holdfast.proto.v1.Welcome;
import io.holdfast.replicationrouter.policy.GroupPolicy;
import io.holdfast.replicationrouter.policy.VmOwner;
import java.time.Duration;
import java.util.List;

/** Makes the frames that go to agents. */
final class Frames {
    private Frames() {}

    static RouterFrame welcome(String routerId, Duration heartbeatInterval, long creditBytes) {
        return RouterFrame.newBuilder()
                .setWelcome(Welcome.newBuilder()
                        .setRouterId(routerId)
                        .setHeartbeatIntervalMs(Math.toIntExact(heartbeatInterval.toMillis()))
                        .setCreditBytes(creditBytes))
                .build();
    }

    static RouterFrame credit(long bytes) {
        return RouterFrame.newBuilder()
                .setCredit(Credit.newBuilder().setBytes(bytes))
                .build();
    }

    static RouterFrame reject(String code, String message, Duration retryAfter) {
        return RouterFrame.newBuilder()
                .setReject(Reject.newBuilder()
                        .setCode(code)
                        .setMessage(message)
                        .setRetryAfterMs(Math.toIntExact(retryAfter.toMillis())))
                .build();
    }

    static RouterFrame ack(PgId pg, StreamPosition position) {
        return RouterFrame.newBuilder()
                .setAck(Ack.newBuilder()
                        .setPgId(pg.toString())
                        .setEpoch(position.epoch().value())
                        .setSeq(position.seq().value()))
                .build();
    }

    static RouterFrame assignments(AgentId agent, List<GroupPolicy> groups, RateLimit linkRate) {
        Assignments.Builder all = Assignments.newBuilder().setLinkRate(TransferForm.write(linkRate));
        for (GroupPolicy group : groups) {
            all.addGroups(PgAssignment.newBuilder()
                    .setPgId(group.pg().toString())
                    .setPolicyRevision(group.revision())
                    .addAllVolumeIds(group.volumesByAgent().get(agent).stream()
                            .map(VolumeId::toString)
                            .toList())
                    .setPaused(group.mode() == GroupPolicy.Mode.PAUSED)
                    .setCodec(
                            switch (group.codec()) {
                                case NONE -> Codec.NONE;
                                case LZ4 -> Codec.LZ4;
                                case ZSTD -> Codec.ZSTD;
                            })
                    .setPriority(group.transfer().priority())
                    .setRate(TransferForm.write(group.transfer().rate()))
                    .setSync(TransferForm.write(group.transfer().sync())));
        }
        return RouterFrame.newBuilder().setAssignments(all).build();
    }

    static RouterFrame ownerships(List<VmOwner> owners) {
        Ownerships.Builder all = Ownerships.newBuilder();
        for (VmOwner owner : owners) {
            all.addVms(VmOwnership.newBuilder()
                    .setVmId(owner.vm().toString())
                    .setOwnership(Ownership.newBuilder()
                            .setEpoch(owner.epoch())
                            .setRecovered(owner.recovered())
                            .setOwner(owner.owner())
                            .setSinceMicros(owner.sinceMicros())
                            .setRunId(owner.runId())));
        }
        return RouterFrame.newBuilder().setOwnerships(all).build();
    }

    static RouterFrame cutMarker(PgId pg, CheckpointId checkpoint) {
        return RouterFrame.newBuilder()
                .setCutMarker(CutMarker.newBuilder().setPgId(pg.toString()).setCheckpointId(checkpoint.toString()))
                .build();
    }

    static RouterFrame hold(PgId pg, CheckpointId order, Duration limit) {
        return RouterFrame.newBuilder()
                .setHold(Hold.newBuilder()
                        .setPgId(pg.toString())
                        .setCheckpointId(order.toString())
                        .setLimitMs(Math.toIntExact(limit.toMillis())))
                .build();
    }

    static RouterFrame release(PgId pg, CheckpointId order) {
        return RouterFrame.newBuilder()
                .setRelease(Release.newBuilder().setPgId(pg.toString()).setCheckpointId(order.toString()))
                .build();
    }

    static RouterFrame freeze(PgId pg, CheckpointId order, Duration limit) {
        return RouterFrame.newBuilder()
                .setFreeze(Freeze.newBuilder()
                        .setPgId(pg.toString())
                        .setCheckpointId(order.toString())
                        .setLimitMs(Math.toIntExact(limit.toMillis())))
                .build();
    }

    static RouterFrame thaw(PgId pg, CheckpointId order) {
        return RouterFrame.newBuilder()
                .setThaw(Thaw.newBuilder().setPgId(pg.toString()).setCheckpointId(order.toString()))
                .build();
    }

    static RouterFrame command(AgentCommand command) {
        return RouterFrame.newBuilder().setCommand(command).build();
    }

    static RouterFrame redirect(PgId pg, String address) {
        return RouterFrame.newBuilder()
                .setRedirect(StreamRedirect.newBuilder().setPgId(pg.toString()).setRouterAddress(address))
                .build();
    }

    static RouterFrame reset(PgId pg, Epoch useless, ResetReason reason) {
        return RouterFrame.newBuilder()
                .setReset(StreamReset.newBuilder()
                        .setPgId(pg.toString())
                        .setEpoch(useless.value())
                        .setReason(reason.name()))
                .build();
    }

    /** The codes of {@code StreamReset.reason} that this router sends. */
    enum ResetReason {
        STREAM_GAP,
        OPERATOR_REQUEST
    }
}
