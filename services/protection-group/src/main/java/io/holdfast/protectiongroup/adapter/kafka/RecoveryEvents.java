package io.holdfast.protectiongroup.adapter.kafka;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.platform.kafka.Received;
import io.holdfast.protectiongroup.adapter.persistence.DataPlaneStore;
import io.holdfast.protectiongroup.adapter.persistence.GroupStore;
import io.holdfast.protectiongroup.adapter.wire.Heard;
import io.holdfast.protectiongroup.adapter.wire.Micros;
import io.holdfast.proto.v1.RecoveryEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Recovery tests: which run now, and how the last ones ended. Other modes are not known to this version and left alone. */
@ApplicationScoped
public class RecoveryEvents {
    private static final String TEST = "TEST";

    private final GroupStore groups;
    private final DataPlaneStore dataPlanes;

    @Inject
    public RecoveryEvents(GroupStore groups, DataPlaneStore dataPlanes) {
        this.groups = groups;
        this.dataPlanes = dataPlanes;
    }

    void take(Received<RecoveryEvent> record) {
        if (record.message().filter(event -> event.getMode().equals(TEST)).isEmpty()) {
            return;
        }
        RecoveryEvent event = record.message().get();
        RunId run = RunId.parse(event.getRunId());
        Instant at = Micros.instant("at_micros", event.getAtMicros());
        List<PgId> ours = event.getPgIdsList().stream()
                .map(PgId::parse)
                .filter(groups::exists)
                .toList();
        switch (event.getState()) {
            case "PENDING" -> {}
            case "RUNNING", "READY", "CLEANING_UP" -> ours.forEach(group -> dataPlanes.testRunning(group, run, at));
            case "SUCCEEDED", "FAILED" ->
                ours.forEach(group -> dataPlanes.testEnded(group, run, at, Optional.of(event.getRecovered())));
            case "CANCELLED" ->
                ours.forEach(group -> dataPlanes.testEnded(
                        group, run, at, event.getRecovered() ? Optional.of(true) : Optional.empty()));
            default -> throw Heard.malformed("state", event.getState());
        }
    }
}
