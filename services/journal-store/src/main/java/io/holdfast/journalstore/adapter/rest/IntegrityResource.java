package io.holdfast.journalstore.adapter.rest;

import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalPoints;
import io.holdfast.journalstore.adapter.store.JournalSlot;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.adapter.store.ScrubStatus;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.CheckpointMarks;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.platform.security.Roles;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Whether a journal is what was written: its scrubs, and the marks of its checkpoints. Every command can be repeated. */
@Path("/api/v1/journals/{pgId}")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Integrity")
@Blocking
public class IntegrityResource {
    /** What a mark rests on: one sentence, 1 to 500 characters. */
    public record Evidence(String evidence) {}

    private final JournalStore store;

    public IntegrityResource(JournalStore store) {
        this.store = store;
    }

    @GET
    @Path("/scrub")
    @RolesAllowed(Roles.VIEWER)
    @Operation(summary = "The last scrub, the one under way, and what is still damaged")
    public Views.ScrubView scrub(@PathParam("pgId") String pgId) {
        Journal journal = store.require(PgId.parse(pgId));
        ScrubStatus status = store.slot(PgId.parse(pgId)).orElse(null) instanceof JournalSlot.Open open
                ? open.scrub()
                : ScrubStatus.NEVER;
        return Views.scrub(status, journal.snapshot().manifest());
    }

    @POST
    @Path("/scrub")
    @RolesAllowed(Roles.OPERATOR)
    @Operation(summary = "Reads and verifies everything the journal holds, in the background")
    @APIResponse(
            responseCode = "202",
            description = "Wanted; one that is under way goes on",
            content = @Content(schema = @Schema(implementation = Views.ScrubView.class)))
    public Response startScrub(@PathParam("pgId") String pgId) {
        PgId pg = PgId.parse(pgId);
        ScrubStatus status = store.scrubs().request(pg);
        return Response.accepted(
                        Views.scrub(status, store.require(pg).snapshot().manifest()))
                .build();
    }

    @PUT
    @Path("/checkpoints/{checkpointId}/marks/{mark}")
    @Consumes(MediaType.APPLICATION_JSON)
    @RolesAllowed(Roles.OPERATOR)
    @Operation(summary = "Marks a checkpoint VERIFIED or SUSPECT, with what that rests on")
    public Views.CheckpointView mark(
            @PathParam("pgId") String pgId,
            @PathParam("checkpointId") String checkpointId,
            @PathParam("mark") String mark,
            @NotNull Evidence evidence) {
        long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
        return store(pgId, checkpointId, mark, Optional.of(CheckpointMarks.Evidence.of(now, evidence.evidence())));
    }

    @DELETE
    @Path("/checkpoints/{checkpointId}/marks/{mark}")
    @RolesAllowed(Roles.OPERATOR)
    @Operation(summary = "Takes a mark away; one that is not there is fine")
    public Views.CheckpointView unmark(
            @PathParam("pgId") String pgId,
            @PathParam("checkpointId") String checkpointId,
            @PathParam("mark") String mark) {
        return store(pgId, checkpointId, mark, Optional.empty());
    }

    private Views.CheckpointView store(
            String pgId, String checkpointId, String mark, Optional<CheckpointMarks.Evidence> evidence) {
        PgId pg = PgId.parse(pgId);
        Journal journal = store.require(pg);
        Checkpoint marked = new JournalPoints(journal)
                .mark(CheckpointId.parse(checkpointId), CheckpointMarks.Kind.parse(mark), evidence);
        store.scrubs().marked(pg, marked);
        return Views.checkpoint(pg, marked, journal);
    }
}
