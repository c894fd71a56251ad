package io.holdfast.journalstore.adapter.rest;

import io.holdfast.journalstore.adapter.relay.Relays;
import io.holdfast.journalstore.relay.Place;
import io.holdfast.journalstore.relay.RelayState;
import io.holdfast.journalstore.relay.RelayStatus;
import io.holdfast.kernel.id.PgId;
import io.holdfast.platform.security.Roles;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The further sites that are fed from this store (docs/extended-replication.md). */
@Path("/api/v1/relays")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Relays")
public class RelaysResource {
    private final Relays relays;

    public RelaysResource(Relays relays) {
        this.relays = relays;
    }

    /**
     * @param pgId the group's id at the target
     * @param sourcePgId the group's id here
     * @param waitsFor stable code when the state is WAITING
     * @param targetStateAt the instant that the target's newest complete state is as of; null = not known yet
     * @param behindChanges changes between that state and the newest checkpoint here
     * @param copiedBytes of a copy under way, with copyTotalBytes; null when there is none
     */
    record RelayedGroupView(
            String pgId,
            String sourcePgId,
            String state,
            String waitsFor,
            Instant targetStateAt,
            long acknowledgedLsn,
            long behindChanges,
            Long copiedBytes,
            Long copyTotalBytes,
            long unackedBytes,
            long sentBytes,
            String checkpointId) {}

    record RelayView(
            String target,
            List<String> routers,
            String agentId,
            boolean connected,
            String lastError,
            List<RelayedGroupView> groups,
            List<String> groupsWithoutJournal) {}

    @GET
    @RolesAllowed(Roles.VIEWER)
    @Operation(summary = "Further sites fed from this store, and how far each of their groups is")
    public List<RelayView> list() {
        return relays.status().stream()
                .map(target -> new RelayView(
                        target.name(),
                        target.routers(),
                        target.agentId(),
                        target.connected(),
                        target.lastError().isEmpty() ? null : target.lastError(),
                        target.groups().stream().map(RelaysResource::view).toList(),
                        target.missing().stream().map(PgId::toString).toList()))
                .toList();
    }

    private static RelayedGroupView view(RelayStatus group) {
        boolean copying = group.totalBytes() > 0;
        long stateAt = group.acknowledgedCutAtMicros();
        return new RelayedGroupView(
                group.group().toString(),
                group.source().map(PgId::toString).orElse(null),
                group.state().label(),
                group.state() instanceof RelayState.Waiting(var reason) ? reason.name() : null,
                stateAt == 0 ? null : Instant.EPOCH.plus(stateAt, ChronoUnit.MICROS),
                group.acknowledged().value(),
                group.behindLsns(),
                copying ? group.copiedBytes() : null,
                copying ? group.totalBytes() : null,
                group.unackedBytes(),
                group.sentBytes(),
                group.at().map(Place::checkpoint).map(Object::toString).orElse(null));
    }
}
