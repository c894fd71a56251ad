package io.holdfast.journalstore.adapter.rest;

import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.KeptDisks;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.journal.Fork;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.platform.paging.Page;
import io.holdfast.platform.paging.PageRequest;
import io.holdfast.platform.security.Roles;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/**
 * What commits have left of older lineages, at most one branch at a time, exported as {@code <group>/<volume>@branch:<name>[:<point>]}; and old disks that volumes
 * were seeded with, exported as {@code <group>/<volume>@branch:<name>}.
 */
@Path("/api/v1/journals/{pgId}/branches")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Branches")
@Blocking
public class BranchesResource {
    private final JournalStore store;

    public BranchesResource(JournalStore store) {
        this.store = store;
    }

    @GET
    @RolesAllowed(Roles.VIEWER)
    @Operation(summary = "Branches of the group's journal")
    public Page<Views.BranchView> list(
            @PathParam("pgId") String pgId, @QueryParam("limit") String limit, @QueryParam("cursor") String cursor) {
        PgId pg = PgId.parse(pgId);
        PageRequest request = PageRequest.parse("branches", 1, limit, cursor);
        String after = request.after().isEmpty() ? "" : request.after().getFirst();
        List<Views.BranchView> branches = all(pg).stream()
                .filter(branch -> branch.name().compareTo(after) > 0)
                .limit(request.fetch())
                .toList();
        return Page.of(branches, request, branch -> branch, branch -> List.of(branch.name()));
    }

    /** By name. */
    private List<Views.BranchView> all(PgId pg) {
        Journal journal = store.require(pg);
        Map<String, List<KeptDisks.Shown>> kept = journal.keptDisks().all().stream()
                .collect(Collectors.groupingBy(one -> one.disk().branch()));
        return Stream.concat(
                        journal.fork().filter(Fork::retained).stream().map(fork -> Views.branch(pg, journal, fork)),
                        kept.values().stream().map(disks -> Views.branch(pg, disks)))
                .sorted(Comparator.comparing(Views.BranchView::name))
                .toList();
    }

    @GET
    @Path("/{branch}")
    @RolesAllowed(Roles.VIEWER)
    @Operation(summary = "One branch")
    public Views.BranchView get(@PathParam("pgId") String pgId, @PathParam("branch") String branch) {
        PgId pg = PgId.parse(pgId);
        return all(pg).stream()
                .filter(one -> one.name().equals(branch))
                .findFirst()
                .orElseThrow(() -> new HoldfastException(
                        JournalError.BRANCH_NOT_FOUND, "the journal has no branch '%s'".formatted(branch)));
    }

    @DELETE
    @Path("/{branch}")
    @RolesAllowed(Roles.RECOVERY)
    @Operation(summary = "Gives a branch up; its space is freed in the background")
    @APIResponse(responseCode = "204", description = "Released")
    public void release(@PathParam("pgId") String pgId, @PathParam("branch") String branch) {
        Journal journal = store.require(PgId.parse(pgId));
        if (journal.keptDisks().has(branch)) {
            journal.keptDisks().release(branch);
        } else {
            journal.forkState().release(branch);
        }
    }
}
