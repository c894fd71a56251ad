package io.holdfast.journalstore.adapter.rest;

import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalPoints;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.CheckpointKind;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.platform.paging.Page;
import io.holdfast.platform.paging.PageRequest;
import io.holdfast.platform.rest.Violation;
import io.holdfast.platform.security.Roles;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Journals and their checkpoints. */
@Path("/api/v1/journals")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Journals")
public class JournalsResource {
    private final JournalStore store;

    public JournalsResource(JournalStore store) {
        this.store = store;
    }

    @GET
    @RolesAllowed(Roles.VIEWER)
    @Operation(summary = "Journals of this store, by group id")
    public Page<Views.JournalView> list(@QueryParam("limit") String limit, @QueryParam("cursor") String cursor) {
        PageRequest request = PageRequest.parse("journals", 1, limit, cursor);
        String after = request.after().isEmpty() ? "" : request.after().getFirst();
        List<PgId> groups = store.groups().stream()
                .sorted(Comparator.comparing(PgId::toString))
                .filter(pg -> pg.toString().compareTo(after) > 0)
                .filter(pg -> store.slot(pg).isPresent())
                .limit(request.fetch())
                .toList();
        return Page.of(groups, request, this::view, pg -> List.of(pg.toString()));
    }

    @GET
    @Path("/{pgId}")
    @RolesAllowed(Roles.VIEWER)
    @Operation(summary = "One journal")
    public Views.JournalView get(@PathParam("pgId") String pgId) {
        return view(PgId.parse(pgId));
    }

    private Views.JournalView view(PgId pg) {
        return store.slot(pg)
                .map(slot -> Views.journal(pg, slot, store))
                .orElseThrow(() -> new HoldfastException(
                        JournalError.JOURNAL_NOT_FOUND, "no journal of group %s is here".formatted(pg)));
    }

    @GET
    @Path("/{pgId}/checkpoints")
    @RolesAllowed(Roles.VIEWER)
    @Operation(summary = "Checkpoints that can be opened, newest first")
    public Page<Views.CheckpointView> checkpoints(
            @PathParam("pgId") String pgId,
            @Parameter(description = "only checkpoints cut before this instant") @QueryParam("before") String before,
            @Parameter(description = "only checkpoints cut after this instant") @QueryParam("after") String after,
            @Parameter(description = "CRASH, APP or USER") @QueryParam("kind") String kind,
            @QueryParam("limit") String limit,
            @QueryParam("cursor") String cursor) {
        PgId pg = PgId.parse(pgId);
        Journal journal = store.require(pg);
        PageRequest request = PageRequest.parse("checkpoints", 1, limit, cursor);
        Predicate<Checkpoint> wanted = filter(before, after, kind);
        long below = request.after().isEmpty() ? Long.MAX_VALUE : place(request);
        List<Checkpoint> found = new JournalPoints(journal).list(below, request.fetch(), wanted);
        return Page.of(
                found,
                request,
                checkpoint -> Views.checkpoint(pg, checkpoint, journal),
                checkpoint -> List.of(Long.toString(checkpoint.ordinal())));
    }

    private static long place(PageRequest request) {
        try {
            return Long.parseLong(request.after().getFirst());
        } catch (NumberFormatException foreign) {
            throw Violation.refuse("cursor", "is not one that this list gave; start again without it");
        }
    }

    private static Predicate<Checkpoint> filter(String before, String after, String kind) {
        long to = before == null ? Long.MAX_VALUE : micros("before", before);
        long from = after == null ? Long.MIN_VALUE : micros("after", after);
        CheckpointKind only = kind == null ? null : kind(kind);
        return checkpoint -> checkpoint.cutAtMicros() < to
                && checkpoint.cutAtMicros() > from
                && (only == null || checkpoint.kind() == only);
    }

    private static long micros(String field, String text) {
        try {
            return ChronoUnit.MICROS.between(
                    Instant.EPOCH, OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException | ArithmeticException malformed) {
            throw Violation.refuse(field, "must be an instant such as 2026-01-02T03:04:05.000006Z");
        }
    }

    private static CheckpointKind kind(String text) {
        try {
            return CheckpointKind.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException unknown) {
            throw Violation.refuse("kind", "must be CRASH, APP or USER");
        }
    }

    @GET
    @Path("/{pgId}/checkpoints/{checkpointId}")
    @RolesAllowed(Roles.VIEWER)
    @Operation(summary = "One checkpoint")
    public Views.CheckpointView checkpoint(
            @PathParam("pgId") String pgId, @PathParam("checkpointId") String checkpointId) {
        PgId pg = PgId.parse(pgId);
        Journal journal = store.require(pg);
        Checkpoint checkpoint = new JournalPoints(journal).require(CheckpointId.parse(checkpointId));
        return Views.checkpoint(pg, checkpoint, journal);
    }
}
