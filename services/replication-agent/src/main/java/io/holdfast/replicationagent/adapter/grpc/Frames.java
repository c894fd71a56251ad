package io.holdfast.replicationagent.adapter.grpc;

import io.holdfast.changestream.TransferForm;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.AgentFrame;
import io.holdfast.proto.v1.AttachVm;
import io.holdfast.proto.v1.CommandResult;
import io.holdfast.proto.v1.HashRequest;
import io.holdfast.proto.v1.Heartbeat;
import io.holdfast.proto.v1.Held;
import io.holdfast.proto.v1.Hello;
import io.holdfast.proto.v1.Hold;
import io.holdfast.proto.v1.HoldEnded;
import io.holdfast.proto.v1.PgAssignment;
import io.holdfast.proto.v1.StreamReport;
import io.holdfast.proto.v1.StreamResume;
import io.holdfast.proto.v1.VolumeRange;
import io.holdfast.proto.v1.VolumeReport;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.capture.Changes;
import io.holdfast.replicationagent.hosting.AgentIdentity;
import io.holdfast.replicationagent.hosting.BackingFormat;
import io.holdfast.replicationagent.hosting.Capture;
import io.holdfast.replicationagent.hosting.DamagedRange;
import io.holdfast.replicationagent.hosting.GroupAssignment;
import io.holdfast.replicationagent.hosting.VmAttachment;
import io.holdfast.replicationagent.hosting.VmAttachment.VolumeAttachment;
import io.holdfast.replicationagent.stream.ReplicationStream;
import io.holdfast.replicationagent.stream.ReplicationStream.HoldOutcome;
import io.holdfast.replicationagent.stream.StreamOutlet;
import io.holdfast.replicationagent.stream.StreamSnapshot;
import io.holdfast.replicationagent.stream.SyncState;
import io.holdfast.replicationagent.stream.SyncWait;
import io.holdfast.replicationagent.sync.HashQuestion;
import io.holdfast.replicationagent.uplink.CommandMemory.Outcome;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Between the agent's own values and the messages of the protocol. Stateless. */
public final class Frames {
    static final int PROTOCOL_VERSION = 1;

    private Frames() {}

    /** Rewinds the streams: what follows in this session begins where the hello says. */
    public static AgentFrame hello(AgentIdentity identity, Collection<ReplicationStream> streams) {
        Hello.Builder hello = Hello.newBuilder()
                .setProtocolVersion(PROTOCOL_VERSION)
                .setSiteId(identity.site().toString())
                .setAgentId(identity.agent().toString())
                .setHostId(identity.host().toString())
                .setHostName(identity.hostName())
                .setSoftwareVersion(identity.softwareVersion())
                .setInstanceId(identity.instance().toString());
        for (ReplicationStream stream : streams) {
            StreamOutlet.Resume resume = stream.outlet().resume();
            hello.addStreams(StreamResume.newBuilder()
                    .setPgId(stream.id().pg().toString())
                    .setEpoch(resume.epoch().value())
                    .setNextSeq(resume.next().value()));
        }
        return AgentFrame.newBuilder().setHello(hello).build();
    }

    public static AgentFrame heartbeat(Collection<ReplicationStream> streams) {
        Heartbeat.Builder heartbeat = Heartbeat.newBuilder().setSentAtMicros(Changes.nowMicros());
        for (ReplicationStream stream : streams) {
            heartbeat.addStreams(report(stream.id().pg(), stream.snapshot()));
        }
        return AgentFrame.newBuilder().setHeartbeat(heartbeat).build();
    }

    private static StreamReport report(PgId pg, StreamSnapshot stream) {
        StreamReport.Builder report = StreamReport.newBuilder()
                .setPgId(pg.toString())
                .setEpoch(stream.epoch().value())
                .setNewestSeq(stream.newestSeq())
                .setAckedSeq(stream.ackedSeq())
                .setRingUsedBytes(stream.ringUsedBytes())
                .setRingLimitBytes(stream.ringLimitBytes())
                .setOldestUnackedAtMicros(stream.oldestUnackedAtMicros())
                .setCapturedBytes(stream.capturedBytes())
                .setSentBytes(stream.sentBytes());
        for (StreamSnapshot.VolumeSnapshot volume : stream.volumes()) {
            report.addVolumes(VolumeReport.newBuilder()
                    .setVolumeId(volume.volume().toString())
                    .setState(wire(volume.state()))
                    .setSyncTotalBytes(volume.syncTotalBytes())
                    .setSyncDoneBytes(volume.syncDoneBytes())
                    .setDirtyBytes(volume.dirtyBytes())
                    .setSyncEqualBytes(volume.syncEqualBytes())
                    .setSyncRemainingMs(volume.syncRemainingMs())
                    .setSyncWaitsFor(
                            volume.syncWaitsFor() == SyncWait.NONE
                                    ? ""
                                    : volume.syncWaitsFor().name()));
        }
        return report.build();
    }

    private static io.holdfast.proto.v1.SyncState wire(SyncState state) {
        return switch (state) {
            case SyncState.Unsynced _ -> io.holdfast.proto.v1.SyncState.UNSYNCED;
            case SyncState.Syncing _ -> io.holdfast.proto.v1.SyncState.SYNCING;
            case SyncState.InSync _ -> io.holdfast.proto.v1.SyncState.IN_SYNC;
            case SyncState.Bitmap _ -> io.holdfast.proto.v1.SyncState.BITMAP;
        };
    }

    static AgentFrame held(Hold asked, HoldOutcome outcome) {
        Held.Builder held = Held.newBuilder().setPgId(asked.getPgId()).setCheckpointId(asked.getCheckpointId());
        switch (outcome) {
            case HoldOutcome.Held at ->
                held.setEpoch(at.epoch().value()).setMarkerSeq(at.marker().value());
            case HoldOutcome.Outstanding _ -> held.setErrorCode("HOLD_OUTSTANDING");
            case HoldOutcome.NoMarker none ->
                held.setErrorCode(
                        switch (none.why()) {
                            case RING_FULL -> "RING_FULL";
                            case NOT_IN_SYNC, PAUSED -> "NOT_IN_SYNC";
                            case CUT -> throw new IllegalArgumentException("a marker that was put is held");
                        });
        }
        return AgentFrame.newBuilder().setHeld(held).build();
    }

    static AgentFrame notAssigned(Hold asked) {
        return AgentFrame.newBuilder()
                .setHeld(Held.newBuilder()
                        .setPgId(asked.getPgId())
                        .setCheckpointId(asked.getCheckpointId())
                        .setErrorCode("NOT_ASSIGNED"))
                .build();
    }

    static AgentFrame holdEnded(Hold asked, boolean expired, long heldNanos) {
        return AgentFrame.newBuilder()
                .setHoldEnded(HoldEnded.newBuilder()
                        .setPgId(asked.getPgId())
                        .setCheckpointId(asked.getCheckpointId())
                        .setExpired(expired)
                        .setHeldMicros(heldNanos / 1_000))
                .build();
    }

    public static AgentFrame question(HashQuestion question) {
        return AgentFrame.newBuilder()
                .setHashRequest(HashRequest.newBuilder()
                        .setRequestId(question.id())
                        .setPgId(question.pg().toString())
                        .setEpoch(question.base().epoch().value())
                        .setSeq(question.base().seq().value())
                        .setRange(VolumeRange.newBuilder()
                                .setVolumeId(question.volume().toString())
                                .setOffsetBytes(question.offset())
                                .setLengthBytes(question.length()))
                        .setChunkBytes(question.chunkBytes())
                        .setCaptureId(question.captureId()))
                .build();
    }

    /**
     * @throws io.holdfast.kernel.error.HoldfastException {@code INVALID_ID}
     * @throws IllegalArgumentException for a range that no volume has
     */
    static DamagedRange range(VolumeRange range) {
        return new DamagedRange(VolumeId.parse(range.getVolumeId()), range.getOffsetBytes(), range.getLengthBytes());
    }

    static AgentFrame result(Outcome outcome) {
        CommandResult.Builder result = CommandResult.newBuilder()
                .setCommandId(outcome.command().toString())
                .setOk(outcome.error().isEmpty());
        outcome.error().ifPresent(failure -> result.setErrorCode(failure.code()).setMessage(failure.message()));
        return AgentFrame.newBuilder().setCommandResult(result).build();
    }

    /**
     * @throws io.holdfast.kernel.error.HoldfastException {@code INVALID_ID}
     * @throws IllegalArgumentException for a priority, rate or sync rule out of its range
     */
    public static GroupAssignment assignment(PgAssignment group) {
        Set<VolumeId> volumes = new LinkedHashSet<>();
        group.getVolumeIdsList().forEach(id -> volumes.add(VolumeId.parse(id)));
        return new GroupAssignment(
                PgId.parse(group.getPgId()),
                volumes,
                group.getPaused(),
                TransferForm.read(group.getPriority(), group.getRate(), group.getSync()));
    }

    /** @throws HoldfastException {@code INVALID_ID}, {@code FORMAT_UNSUPPORTED} or {@code COMMAND_MALFORMED} */
    static VmAttachment attachment(AttachVm command) {
        List<VolumeAttachment> volumes = command.getVolumesList().stream()
                .map(volume -> new VolumeAttachment(
                        VolumeId.parse(volume.getVolumeId()),
                        volume.getName(),
                        volume.getBacking(),
                        BackingFormat.parse(volume.getFormat()),
                        volume.getQemuNode()))
                .toList();
        return new VmAttachment(
                VmId.parse(command.getVmId()),
                command.getName(),
                volumes,
                capture(command),
                command.getGuestAgentSocket(),
                command.hasMachine() ? Optional.of(MachineFrames.spec(command.getMachine())) : Optional.empty());
    }

    private static Capture capture(AttachVm command) {
        return switch (command.getCapture()) {
            case CAPTURE_MODE_UNSPECIFIED, INLINE -> Capture.INLINE;
            case TAP -> new Capture.Tap(command.getQmpSocket());
            case INTERVAL -> new Capture.Interval(command.getQmpSocket(), command.getIntervalMs());
            case UNRECOGNIZED ->
                throw new HoldfastException(
                        AgentError.COMMAND_MALFORMED, "a capture mode that this agent does not know");
        };
    }
}
