package io.holdfast.protectiongroup.adapter.kafka;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.platform.kafka.Received;
import io.holdfast.protectiongroup.adapter.persistence.DataPlaneStore;
import io.holdfast.protectiongroup.adapter.persistence.GroupStore;
import io.holdfast.protectiongroup.adapter.wire.Heard;
import io.holdfast.proto.v1.StreamStatus;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;

/** What routers say about streams. */
@ApplicationScoped
public class StreamStatuses {
    private final GroupStore groups;
    private final DataPlaneStore dataPlanes;
    private final Clock clock;

    @Inject
    public StreamStatuses(GroupStore groups, DataPlaneStore dataPlanes, Clock clock) {
        this.groups = groups;
        this.dataPlanes = dataPlanes;
        this.clock = clock;
    }

    void take(Received<StreamStatus> record) {
        if (record.message().isEmpty()) {
            forget(record.key());
            return;
        }
        StreamStatus status = record.message().get();
        PgId group = PgId.parse(status.getPgId());
        if (groups.exists(group)) {
            dataPlanes.hear(group, Heard.stream(status, clock.instant()));
        }
    }

    /** The key of a tombstone is all there is: {@code <agent id>/<pg id>}. */
    private void forget(String key) {
        int slash = key.indexOf('/');
        if (slash < 0) {
            throw new HoldfastException(
                    CommonError.INVALID_REQUEST, "the key of a stream's status is <agent id>/<pg id>");
        }
        dataPlanes.forgetStream(PgId.parse(key.substring(slash + 1)), AgentId.parse(key.substring(0, slash)));
    }
}
