package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.kernel.id.PgId;
import io.holdfast.platform.db.IdempotencyKeys;
import io.holdfast.platform.db.Reply;
import io.holdfast.platform.security.Roles;
import io.holdfast.protectiongroup.adapter.runtime.FailoverCommands;
import io.holdfast.protectiongroup.group.ProtectionGroup;
import io.quarkus.security.identity.SecurityIdentity;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Who owns the VMs of a group: what recovery runs ask, and people after them (docs/ownership.md). */
@Path(ProtectionGroupsResource.PATH + "/{id}/failover")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Failover")
public class FailoverResource {
    private final FailoverCommands commands;
    private final GroupQueries queries;
    private final IdempotencyKeys idempotency;
    private final SecurityIdentity caller;

    @Inject
    public FailoverResource(
            FailoverCommands commands, GroupQueries queries, IdempotencyKeys idempotency, SecurityIdentity caller) {
        this.commands = commands;
        this.queries = queries;
        this.idempotency = idempotency;
        this.caller = caller;
    }

    @GET
    @RolesAllowed(Roles.VIEWER)
    @Operation(summary = "Who owns the VMs of the group.")
    public FailoverView get(@PathParam("id") String id) {
        return queries.failover(PgId.parse(id));
    }

    @POST
    @RolesAllowed(Roles.RECOVERY)
    @Operation(summary = "A recovery run takes the VMs: their source is fenced. Replication goes on.")
    @APIResponse(
            responseCode = "200",
            description = "Who owns them now",
            content = @Content(schema = @Schema(implementation = FailoverView.class)))
    public Response take(
            @HeaderParam(IdempotencyKeys.HEADER) String key, @PathParam("id") String id, FailoverBody body) {
        return command(
                key, id, "", body, pg -> commands.take(pg, Read.given(body).holder(), user()));
    }

    @POST
    @Path("cancel")
    @RolesAllowed(Roles.RECOVERY)
    @Operation(summary = "The run gives the VMs back to their source.")
    @APIResponse(
            responseCode = "200",
            description = "Who owns them now",
            content = @Content(schema = @Schema(implementation = FailoverView.class)))
    public Response cancel(
            @HeaderParam(IdempotencyKeys.HEADER) String key, @PathParam("id") String id, FailoverBody body) {
        return command(
                key,
                id,
                "/cancel",
                body,
                pg -> commands.cancel(pg, Read.given(body).run(), user()));
    }

    @POST
    @Path("commit")
    @RolesAllowed(Roles.RECOVERY)
    @Operation(
            summary =
                    "The VMs stay where the run has recovered them; nothing is replicated from their source any more.")
    @APIResponse(
            responseCode = "200",
            description = "Who owns them now",
            content = @Content(schema = @Schema(implementation = FailoverView.class)))
    public Response commit(
            @HeaderParam(IdempotencyKeys.HEADER) String key, @PathParam("id") String id, FailoverBody body) {
        return command(
                key,
                id,
                "/commit",
                body,
                pg -> commands.commit(pg, Read.given(body).run(), user()));
    }

    @POST
    @Path("return")
    @RolesAllowed(Roles.RECOVERY)
    @Operation(
            summary =
                    "After a failover: the VMs' source owns them again, and replication begins with a comparison of everything.")
    @APIResponse(
            responseCode = "200",
            description = "Who owns them now",
            content = @Content(schema = @Schema(implementation = FailoverView.class)))
    public Response giveHome(
            @HeaderParam(IdempotencyKeys.HEADER) String key, @PathParam("id") String id, ReturnBody body) {
        boolean discard = body != null && Boolean.TRUE.equals(body.discardRecovered());
        return command(key, id, "/return", body, pg -> commands.giveHome(pg, discard, user()));
    }

    private Response command(String key, String id, String name, Object body, Function<PgId, ProtectionGroup> command) {
        PgId group = PgId.parse(id);
        String path = ProtectionGroupsResource.PATH + "/" + group + "/failover";
        return idempotency.once(
                key,
                user(),
                "POST " + path + name,
                body,
                () -> new Reply(200, path, FailoverView.of(command.apply(group))));
    }

    private String user() {
        return caller.getPrincipal().getName();
    }
}
