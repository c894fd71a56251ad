package io.holdfast.journalstore.adapter.rest;

import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.journal.Fork;
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
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** What commits have left of older lineages; at most one branch at a time. Their exports are {@code <group>/<volume>@branch:<name>[:<point>]}. */
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
        List<Fork> branches = store.require(pg).fork().filter(Fork::retained).stream()
                .filter(fork -> request.after().isEmpty())
                .toList();
        return Page.of(branches, request, fork -> Views.branch(pg, fork), fork -> List.of(fork.branch()));
    }

    @GET
    @Path("/{branch}")
    @RolesAllowed(Roles.VIEWER)
    @Operation(summary = "One branch")
    public Views.BranchView get(@PathParam("pgId") String pgId, @PathParam("branch") String branch) {
        PgId pg = PgId.parse(pgId);
        return Views.branch(pg, store.require(pg).forkState().requireBranch(branch));
    }

    @DELETE
    @Path("/{branch}")
    @RolesAllowed(Roles.RECOVERY)
    @Operation(summary = "Gives a branch up; its space is freed in the background")
    @APIResponse(responseCode = "204", description = "Released")
    public void release(@PathParam("pgId") String pgId, @PathParam("branch") String branch) {
        Journal journal = store.require(PgId.parse(pgId));
        journal.forkState().release(branch);
    }
}
