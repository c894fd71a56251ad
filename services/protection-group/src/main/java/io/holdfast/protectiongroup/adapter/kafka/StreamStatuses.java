package io.holdfast.protectiongroup.adapter.kafka;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.platform.kafka.Received;
import io.holdfast.protectiongroup.adapter.persistence.DataPlaneStore;
import io.holdfast.protectiongroup.adapter.persistence.GroupStore;
import io.holdfast.protectiongroup.adapter.persistence.TrafficStore;
import io.holdfast.protectiongroup.adapter.runtime.Limits;
import io.holdfast.protectiongroup.adapter.wire.Heard;
import io.holdfast.protectiongroup.dataplane.StreamWord;
import io.holdfast.proto.v1.StreamStatus;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Instant;

/** What routers say about streams. */
@ApplicationScoped
public class StreamStatuses {
    private final GroupStore groups;
    private final DataPlaneStore dataPlanes;
    private final TrafficStore traffic;
    private final Limits limits;
    private final Clock clock;

    @Inject
    public StreamStatuses(
            GroupStore groups, DataPlaneStore dataPlanes, TrafficStore traffic, Limits limits, Clock clock) {
        this.groups = groups;
        this.dataPlanes = dataPlanes;
        this.traffic = traffic;
        this.limits = limits;
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
            Instant now = clock.instant();
            StreamWord word = Heard.stream(status, now);
            dataPlanes.hear(group, word);
            Heard.traffic(status)
                    .ifPresent(reading -> traffic.note(group, word.agent(), reading, now.minus(limits.trafficKept())));
        }
    }

    /** The key of a tombstone is all there is: {@code <agent id>/<pg id>}. */
    private void forget(String key) {
        int slash = key.indexOf('/');
        if (slash < 0) {
            throw new HoldfastException(
                    CommonError.INVALID_REQUEST, "the key of a stream's status is <agent id>/<pg id>");
        }
        PgId group = PgId.parse(key.substring(slash + 1));
        AgentId agent = AgentId.parse(key.substring(0, slash));
        dataPlanes.forgetStream(group, agent);
        traffic.forgetStream(group, agent);
    }
}
