package io.holdfast.recoveryplan.adapter.protection;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.adapter.http.ServiceHttp;
import io.holdfast.recoveryplan.execution.Replication;
import java.util.Map;
import java.util.Set;

/** Pauses and resumes protection groups over their service's REST interface (docs/rest-api.md). Thread-safe. */
public final class ProtectionGroupClient implements Replication, AutoCloseable {
    /** The group is paused, removed, a draft, or not there: nothing replicates into its journal. */
    private static final Set<String> NOT_REPLICATING = Set.of("GROUP_STATE_FORBIDS", "GROUP_NOT_FOUND");

    /** Nothing of the reply is of interest. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Reply() {}

    private final ServiceHttp http;

    public ProtectionGroupClient(ServiceHttp http) {
        this.http = http;
    }

    @Override
    public boolean pause(PgId pgId, String idempotencyKey) {
        return command(pgId, "pause", idempotencyKey);
    }

    @Override
    public void resume(PgId pgId, String idempotencyKey) {
        command(pgId, "resume", idempotencyKey);
    }

    /** @return whether the group took the command */
    private boolean command(PgId pgId, String command, String key) {
        try {
            http.post("api/v1/protection-groups/" + pgId + "/" + command, key, Map.of(), Reply.class);
            return true;
        } catch (HoldfastException refused) {
            if (NOT_REPLICATING.contains(refused.code().name())) {
                return false;
            }
            throw refused;
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
