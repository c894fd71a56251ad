package io.holdfast.replicationagent.adapter.rest;

import io.holdfast.replicationagent.AgentLifecycle;
import io.holdfast.replicationagent.AgentRuntime;
import io.holdfast.replicationagent.hosting.Exports.Export;
import io.holdfast.replicationagent.stream.ReplicationStream;
import io.holdfast.replicationagent.stream.StreamSnapshot;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.ServiceUnavailableException;
import jakarta.ws.rs.core.MediaType;
import java.util.List;

/** What the agent is doing, for people on the host. Read-only; nothing can be changed over HTTP. */
@Path("/status")
@Produces(MediaType.APPLICATION_JSON)
public class StatusResource {
    private final AgentLifecycle lifecycle;

    StatusResource(AgentLifecycle lifecycle) {
        this.lifecycle = lifecycle;
    }

    /** The page. */
    public record Status(
            String agentId,
            String hostId,
            String nbdAddress,
            boolean routerConnected,
            List<ExportStatus> exports,
            List<StreamStatus> streams) {}

    public record ExportStatus(String name, String alias, long sizeBytes) {}

    public record StreamStatus(
            String pgId,
            long epoch,
            long newestSeq,
            long ackedSeq,
            long ringUsedBytes,
            long ringLimitBytes,
            boolean paused,
            List<VolumeStatus> volumes) {}

    public record VolumeStatus(String volumeId, String state, long dirtyBytes) {}

    @GET
    public Status status() {
        AgentRuntime agent = lifecycle.agent().orElseThrow(ServiceUnavailableException::new);
        return new Status(
                agent.identity().agent().toString(),
                agent.identity().host().toString(),
                agent.nbdAddress().toString(),
                agent.uplink().isConnected(),
                agent.machines().exports().all().stream()
                        .map(StatusResource::export)
                        .toList(),
                agent.replication().streams().stream()
                        .map(StatusResource::stream)
                        .toList());
    }

    private static ExportStatus export(Export export) {
        return new ExportStatus(
                export.name(),
                export.alias().orElse(null),
                export.volume().volume().size());
    }

    private static StreamStatus stream(ReplicationStream stream) {
        StreamSnapshot now = stream.snapshot();
        return new StreamStatus(
                stream.id().pg().toString(),
                now.epoch().value(),
                now.newestSeq(),
                now.ackedSeq(),
                now.ringUsedBytes(),
                now.ringLimitBytes(),
                now.paused(),
                now.volumes().stream()
                        .map(volume -> new VolumeStatus(
                                volume.volume().toString(), volume.state().toString(), volume.dirtyBytes()))
                        .toList());
    }
}
