package io.holdfast.journalstore.adapter.relay;

import io.holdfast.journalstore.relay.RelayState;
import io.holdfast.journalstore.relay.RelayStatus;
import io.holdfast.journalstore.relay.RelayStream;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.AgentFrame;
import io.holdfast.proto.v1.CommandResult;
import io.holdfast.proto.v1.Frozen;
import io.holdfast.proto.v1.Heartbeat;
import io.holdfast.proto.v1.Held;
import io.holdfast.proto.v1.Hello;
import io.holdfast.proto.v1.StreamReport;
import io.holdfast.proto.v1.SyncState;
import io.holdfast.proto.v1.VolumeReport;
import java.util.Set;

/** What a relay says to a router. Stateless. */
final class RelayFrames {
    static final int PROTOCOL_VERSION = 1;
    static final String NOT_SUPPORTED = "NOT_SUPPORTED_BY_RELAY";

    private RelayFrames() {}

    /** Names no stream: each begins with a new epoch in every session. */
    static AgentFrame hello(TargetIdentity identity, String hostName, String softwareVersion, String instance) {
        return AgentFrame.newBuilder()
                .setHello(Hello.newBuilder()
                        .setProtocolVersion(PROTOCOL_VERSION)
                        .setSiteId(identity.site().toString())
                        .setAgentId(identity.agent().toString())
                        // The host behind this agent is this store: one for one.
                        .setHostId(identity.agent().toString())
                        .setHostName(hostName)
                        .setSoftwareVersion(softwareVersion)
                        .setInstanceId(instance))
                .build();
    }

    static StreamReport report(RelayStream stream, Set<VolumeId> volumes, long unackedLimitBytes) {
        RelayStatus status = stream.status();
        boolean behind = status.behindLsns() > 0 || status.acknowledgedCutAtMicros() == 0;
        StreamReport.Builder report = StreamReport.newBuilder()
                .setPgId(stream.group().toString())
                .setEpoch(status.epoch().value())
                .setNewestSeq(status.newestSeq())
                .setAckedSeq(status.ackedSeq())
                .setRingUsedBytes(status.unackedBytes())
                .setRingLimitBytes(unackedLimitBytes)
                // What is missing at the target was written after the place that it has.
                .setOldestUnackedAtMicros(behind ? Math.max(1, status.acknowledgedCutAtMicros()) : 0)
                .setSentBytes(status.sentBytes());
        long count = Math.max(1, volumes.size());
        volumes.forEach(volume -> report.addVolumes(VolumeReport.newBuilder()
                .setVolumeId(volume.toString())
                .setState(wire(status.state()))
                .setSyncTotalBytes(status.totalBytes() / count)
                .setSyncDoneBytes(status.copiedBytes() / count)));
        return report.build();
    }

    private static SyncState wire(RelayState state) {
        return switch (state) {
            case RelayState.Waiting _ -> SyncState.UNSYNCED;
            case RelayState.Copying _ -> SyncState.SYNCING;
            case RelayState.Shipping shipping -> shipping.syncOpen() ? SyncState.SYNCING : SyncState.IN_SYNC;
            case RelayState.Resting _ -> SyncState.IN_SYNC;
        };
    }

    static AgentFrame heartbeat(long nowMicros, Iterable<StreamReport> reports) {
        Heartbeat.Builder heartbeat = Heartbeat.newBuilder().setSentAtMicros(nowMicros);
        reports.forEach(heartbeat::addStreams);
        return AgentFrame.newBuilder().setHeartbeat(heartbeat).build();
    }

    static AgentFrame refused(io.holdfast.proto.v1.AgentCommand command) {
        return AgentFrame.newBuilder()
                .setCommandResult(CommandResult.newBuilder()
                        .setCommandId(command.getCommandId())
                        .setOk(false)
                        .setErrorCode(NOT_SUPPORTED)
                        .setMessage("a relay has no host; " + command.getCommandCase() + " goes to an agent"))
                .build();
    }

    static AgentFrame notHeld(io.holdfast.proto.v1.Hold hold) {
        return AgentFrame.newBuilder()
                .setHeld(Held.newBuilder()
                        .setPgId(hold.getPgId())
                        .setCheckpointId(hold.getCheckpointId())
                        .setErrorCode(NOT_SUPPORTED))
                .build();
    }

    static AgentFrame notFrozen(io.holdfast.proto.v1.Freeze freeze) {
        return AgentFrame.newBuilder()
                .setFrozen(Frozen.newBuilder()
                        .setPgId(freeze.getPgId())
                        .setCheckpointId(freeze.getCheckpointId())
                        .setErrorCode(NOT_SUPPORTED)
                        .setMessage("the writes were made at another site and earlier; nothing can be frozen for them"))
                .build();
    }
}
