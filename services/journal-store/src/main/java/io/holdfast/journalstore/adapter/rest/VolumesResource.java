package io.holdfast.journalstore.adapter.rest;

import io.holdfast.journalstore.adapter.store.HeadHashes;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.seeding.EqualExcept;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.platform.rest.Violation;
import io.holdfast.platform.security.Roles;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;

/** Replicas of single volumes. */
@Path("/api/v1/journals/{pgId}/volumes/{volumeId}")
@Blocking
public class VolumesResource {
    private final JournalStore store;

    public VolumesResource(JournalStore store) {
        this.store = store;
    }

    /**
     * Hashes of what the replica holds, 32 bytes per chunk: for routers, on behalf of an agent that compares. Not part of the public interface.
     */
    @GET
    @Path("/hashes")
    @Produces(MediaType.APPLICATION_OCTET_STREAM)
    @RolesAllowed(Roles.VIEWER)
    @Operation(hidden = true)
    public byte[] hashes(
            @PathParam("pgId") String pgId,
            @PathParam("volumeId") String volumeId,
            @QueryParam("agentId") String agentId,
            @QueryParam("epoch") Long epoch,
            @QueryParam("seq") Long seq,
            @QueryParam("offset") Long offset,
            @QueryParam("length") Long length,
            @QueryParam("chunk") Integer chunk,
            @QueryParam("capture") String capture) {
        StreamPosition from = new StreamPosition(new Epoch(given("epoch", epoch)), new Seq(given("seq", seq)));
        if (chunk == null || agentId == null) {
            throw Violation.refuse(chunk == null ? "chunk" : "agentId", "must be given");
        }
        if (capture != null && !capture.isEmpty() && !EqualExcept.isCaptureId(capture)) {
            throw Violation.refuse("capture", "must have 1 to 64 of A-Z, a-z, 0-9 and '-', or be left out");
        }
        return store.hashes()
                .of(new HeadHashes.Question(
                        PgId.parse(pgId),
                        AgentId.parse(agentId),
                        VolumeId.parse(volumeId),
                        from,
                        given("offset", offset),
                        given("length", length),
                        chunk,
                        capture == null ? "" : capture));
    }

    private static long given(String field, Long value) {
        if (value == null || value < 0) {
            throw Violation.refuse(field, "must be given, 0 or more");
        }
        return value;
    }
}
