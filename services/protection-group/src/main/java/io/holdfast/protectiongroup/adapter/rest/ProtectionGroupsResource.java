package io.holdfast.protectiongroup.adapter.rest;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.platform.db.IdempotencyKeys;
import io.holdfast.platform.db.Reply;
import io.holdfast.platform.paging.Page;
import io.holdfast.platform.paging.PageRequest;
import io.holdfast.platform.security.Roles;
import io.holdfast.protectiongroup.adapter.runtime.GroupCommands;
import io.quarkus.security.identity.SecurityIdentity;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Protection groups over REST (docs/rest-api.md). */
@Path(ProtectionGroupsResource.PATH)
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Protection groups")
public class ProtectionGroupsResource {
    static final String PATH = "/api/v1/protection-groups";

    private final GroupCommands commands;
    private final GroupQueries queries;
    private final IdempotencyKeys idempotency;
    private final SecurityIdentity caller;

    @Inject
    public ProtectionGroupsResource(
            GroupCommands commands, GroupQueries queries, IdempotencyKeys idempotency, SecurityIdentity caller) {
        this.commands = commands;
        this.queries = queries;
        this.idempotency = idempotency;
        this.caller = caller;
    }

    @GET
    @RolesAllowed(Roles.VIEWER)
    @Operation(summary = "Groups, sorted by id. Removed ones only when asked for with lifecycle=REMOVED.")
    public Page<GroupView> list(
            @QueryParam("lifecycle") List<String> lifecycles,
            @QueryParam("name") Optional<String> name,
            @QueryParam("vmId") Optional<String> vmId,
            @QueryParam("limit") String limit,
            @QueryParam("cursor") String cursor) {
        var page = PageRequest.parse("protection-groups", 1, limit, cursor);
        return queries.page(lifecycles, name, vmId.map(VmId::parse), page);
    }

    @POST
    @RolesAllowed(Roles.OPERATOR)
    @Operation(summary = "Creates a group as a draft; nothing is replicated until it is started.")
    @APIResponse(
            responseCode = "201",
            description = "The group",
            content = @Content(schema = @Schema(implementation = GroupView.class)))
    public Response create(@HeaderParam(IdempotencyKeys.HEADER) String key, CreateGroupBody body) {
        return once(key, "POST " + PATH, body, () -> {
            PgId id = commands.create(Read.given(body).read(), user());
            return new Reply(201, location(id), queries.one(id));
        });
    }

    @GET
    @Path("{id}")
    @RolesAllowed(Roles.VIEWER)
    public GroupView get(@PathParam("id") String id) {
        return queries.one(PgId.parse(id));
    }

    @PATCH
    @Path("{id}")
    @RolesAllowed(Roles.OPERATOR)
    @Operation(summary = "Changes name, objectives or exclusions. What is left out stays.")
    public GroupView edit(@PathParam("id") String id, EditGroupBody body) {
        PgId group = PgId.parse(id);
        commands.edit(group, Read.given(body).read(), user());
        return queries.one(group);
    }

    @POST
    @Path("{id}/start")
    @Consumes(MediaType.WILDCARD)
    @RolesAllowed(Roles.OPERATOR)
    @APIResponse(
            responseCode = "202",
            description = "Initial sync begins, or waits for resume; Location shows the group")
    public Response start(
            @HeaderParam(IdempotencyKeys.HEADER) String key,
            @PathParam("id") String id,
            @QueryParam("paused")
                    @Parameter(description = "true: nothing is sent before resume, so that replicas can be seeded")
                    String paused) {
        boolean waits = Read.flag("paused", paused);
        return command(key, id, "start", waits ? "paused" : null, group -> commands.start(group, waits, user()));
    }

    @POST
    @Path("{id}/pause")
    @Consumes(MediaType.WILDCARD)
    @RolesAllowed(Roles.OPERATOR)
    @APIResponse(responseCode = "202", description = "Replication pauses; the RPO clock runs on")
    public Response pause(@HeaderParam(IdempotencyKeys.HEADER) String key, @PathParam("id") String id) {
        return command(key, id, "pause", null, group -> commands.pause(group, user()));
    }

    @POST
    @Path("{id}/resume")
    @Consumes(MediaType.WILDCARD)
    @RolesAllowed(Roles.OPERATOR)
    @APIResponse(responseCode = "202", description = "Replication goes on with a resync")
    public Response resume(@HeaderParam(IdempotencyKeys.HEADER) String key, @PathParam("id") String id) {
        return command(key, id, "resume", null, group -> commands.resume(group, user()));
    }

    @POST
    @Path("{id}/remove")
    @RolesAllowed(Roles.OPERATOR)
    @Operation(
            summary = "Ends protection. With DELETE the journal goes too, later; also for a group removed with KEEP.")
    @APIResponse(responseCode = "202", description = "Progress stands in the group's field removal")
    public Response remove(
            @HeaderParam(IdempotencyKeys.HEADER) String key, @PathParam("id") String id, RemoveBody body) {
        return command(
                key,
                id,
                "remove",
                body,
                group -> commands.remove(group, Read.given(body).read(), user()));
    }

    @POST
    @Path("{id}/checkpoints")
    @RolesAllowed(Roles.OPERATOR)
    @Operation(summary = "Asks for a checkpoint with a name.")
    @APIResponse(
            responseCode = "202",
            description = "The id it will have; Location shows how far it has come",
            content = @Content(schema = @Schema(implementation = CheckpointAccepted.class)))
    public Response checkpoint(
            @HeaderParam(IdempotencyKeys.HEADER) String key, @PathParam("id") String id, CheckpointBody body) {
        PgId group = PgId.parse(id);
        return once(key, "POST " + location(group) + "/checkpoints", body, () -> {
            CheckpointId checkpoint =
                    commands.checkpoint(group, Read.given(body).read(), user());
            return new Reply(
                    202,
                    location(group) + "/checkpoint-requests/" + checkpoint,
                    new CheckpointAccepted(checkpoint.toString()));
        });
    }

    /** @param checkpointId under which the journal will list it */
    @Schema(name = "CheckpointAccepted")
    public record CheckpointAccepted(String checkpointId) {}

    @GET
    @Path("{id}/checkpoint-requests")
    @RolesAllowed(Roles.VIEWER)
    @Operation(summary = "Requests for named checkpoints, newest first.")
    public Page<CheckpointRequestView> checkpointRequests(
            @PathParam("id") String id, @QueryParam("limit") String limit, @QueryParam("cursor") String cursor) {
        return queries.checkpointRequests(PgId.parse(id), PageRequest.parse("checkpoint-requests", 2, limit, cursor));
    }

    @GET
    @Path("{id}/checkpoint-requests/{checkpointId}")
    @RolesAllowed(Roles.VIEWER)
    public CheckpointRequestView checkpointRequest(
            @PathParam("id") String id, @PathParam("checkpointId") String checkpointId) {
        return queries.checkpointRequest(PgId.parse(id), CheckpointId.parse(checkpointId));
    }

    @GET
    @Path("{id}/commands")
    @RolesAllowed(Roles.VIEWER)
    @Operation(summary = "Who asked for what and when, newest first.")
    public Page<CommandView> commands(
            @PathParam("id") String id, @QueryParam("limit") String limit, @QueryParam("cursor") String cursor) {
        return queries.commands(PgId.parse(id), PageRequest.parse("commands", 1, limit, cursor));
    }

    private Response command(String key, String id, String name, Object body, Consumer<PgId> command) {
        PgId group = PgId.parse(id);
        return once(key, "POST " + location(group) + "/" + name, body, () -> {
            command.accept(group);
            return new Reply(202, location(group), Map.of("id", group.toString()));
        });
    }

    private Response once(String key, String operation, Object body, Supplier<Reply> command) {
        return idempotency.once(key, user(), operation, body, command);
    }

    private String user() {
        return caller.getPrincipal().getName();
    }

    private static String location(PgId group) {
        return PATH + "/" + group;
    }
}
