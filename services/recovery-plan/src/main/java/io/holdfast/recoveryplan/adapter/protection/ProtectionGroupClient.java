package io.holdfast.recoveryplan.adapter.protection;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.adapter.http.ServiceHttp;
import io.holdfast.recoveryplan.execution.Ownerships;
import io.holdfast.recoveryplan.execution.Replication;
import io.holdfast.recoveryplan.ownership.OwnedVm;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Takes, commits and returns protection groups over their service's REST interface (docs/ownership.md, docs/rest-api.md). Thread-safe. */
public final class ProtectionGroupClient implements Replication, Ownerships, AutoCloseable {
    private static final String FORBIDDEN_NOW = "GROUP_STATE_FORBIDS";
    private static final String UNKNOWN = "GROUP_NOT_FOUND";

    /** Nothing of the reply is of interest. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Reply() {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Group(String lifecycle) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Failover(String state, String runId, List<Vm> vms) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Vm(String vmId, String agentId, Long epoch) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    private record CheckpointAccepted(String checkpointId) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    private record CheckpointRequest(String progress, String errorCode, String errorMessage) {}

    private final ServiceHttp http;

    public ProtectionGroupClient(ServiceHttp http) {
        this.http = http;
    }

    @Override
    public boolean pause(PgId pgId, String idempotencyKey) {
        return taken(pgId, "pause", Map.of(), idempotencyKey);
    }

    @Override
    public void resume(PgId pgId, String idempotencyKey) {
        taken(pgId, "resume", Map.of(), idempotencyKey);
    }

    @Override
    public Optional<List<OwnedVm>> take(PgId pgId, RunId run, String idempotencyKey) {
        try {
            Failover reply = http.post(path(pgId) + "/failover", idempotencyKey, of(run), Failover.class);
            return Optional.of(required(reply.vms(), "vms").stream()
                    .map(ProtectionGroupClient::owned)
                    .toList());
        } catch (HoldfastException refused) {
            if (refused.code().name().equals(UNKNOWN)
                    || refused.code().name().equals(FORBIDDEN_NOW) && isRemoved(pgId)) {
                return Optional.empty();
            }
            throw refused;
        }
    }

    /** A group in another state that forbids it may be held by another run: that is no reason to go on without it. */
    private boolean isRemoved(PgId pgId) {
        return "REMOVED".equals(http.get(path(pgId), Group.class).lifecycle());
    }

    private static OwnedVm owned(Vm vm) {
        return new OwnedVm(
                VmId.parse(required(vm.vmId(), "vms.vmId")),
                Optional.ofNullable(vm.agentId()).filter(id -> !id.isEmpty()).map(AgentId::parse),
                required(vm.epoch(), "vms.epoch"));
    }

    @Override
    public void commit(PgId pgId, RunId run, String idempotencyKey) {
        http.post(path(pgId) + "/failover/commit", idempotencyKey, of(run), Reply.class);
    }

    @Override
    public boolean cancel(PgId pgId, RunId run, String idempotencyKey) {
        return taken(pgId, "failover/cancel", of(run), idempotencyKey);
    }

    /** The service returns a group for whoever asks, so it is asked first whose the failover is. What was recovered is given up: that is what going back means. */
    @Override
    public boolean giveBack(PgId pgId, RunId run, String idempotencyKey) {
        Failover now = http.get(path(pgId) + "/failover", Failover.class);
        boolean ours = "FAILED_OVER".equals(now.state()) && run.toString().equals(now.runId());
        return ours && taken(pgId, "failover/return", Map.of("discardRecovered", true), idempotencyKey);
    }

    @Override
    public CheckpointId checkpoint(PgId pgId, String name, String idempotencyKey) {
        CheckpointAccepted reply =
                http.post(path(pgId) + "/checkpoints", idempotencyKey, Map.of("name", name), CheckpointAccepted.class);
        return CheckpointId.parse(required(reply.checkpointId(), "checkpointId"));
    }

    @Override
    public CheckpointSeen look(PgId pgId, CheckpointId checkpoint) {
        CheckpointRequest seen = http.get(path(pgId) + "/checkpoint-requests/" + checkpoint, CheckpointRequest.class);
        return new CheckpointSeen(
                required(seen.progress(), "progress"),
                seen.errorCode() == null ? "" : seen.errorCode(),
                seen.errorMessage() == null ? "" : seen.errorMessage());
    }

    /** @return whether the group took the command; not if its state forbids it or it is not known */
    private boolean taken(PgId pgId, String command, Map<String, ?> body, String key) {
        try {
            http.post(path(pgId) + "/" + command, key, body, Reply.class);
            return true;
        } catch (HoldfastException refused) {
            String code = refused.code().name();
            if (code.equals(FORBIDDEN_NOW) || code.equals(UNKNOWN)) {
                return false;
            }
            throw refused;
        }
    }

    private static Map<String, String> of(RunId run) {
        return Map.of("runId", run.toString());
    }

    private static String path(PgId pgId) {
        return "api/v1/protection-groups/" + pgId;
    }

    private static <T> T required(T value, String field) {
        if (value == null) {
            throw new HoldfastException(
                    CommonError.MALFORMED_DATA, "the reply of protection-group has no '%s'".formatted(field));
        }
        return value;
    }

    @Override
    public void close() {
        http.close();
    }
}
