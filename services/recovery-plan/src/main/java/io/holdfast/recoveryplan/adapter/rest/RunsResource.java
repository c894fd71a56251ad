package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PlanId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.platform.db.IdempotencyKeys;
import io.holdfast.platform.paging.Page;
import io.holdfast.platform.paging.PageRequest;
import io.holdfast.platform.rest.Violation;
import io.holdfast.platform.security.Roles;
import io.holdfast.recoveryplan.adapter.persistence.JpaRunRegister;
import io.holdfast.recoveryplan.report.LiveFacts;
import io.holdfast.recoveryplan.report.RunReport;
import io.holdfast.recoveryplan.run.Mode;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunError;
import io.holdfast.recoveryplan.run.RunRegister;
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
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** Runs of recovery plans: watching them and ending them. */
@Path("/api/v1/runs")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public class RunsResource {
    private static final Set<String> STATES = Set.of(
            "PENDING",
            "RUNNING",
            "READY",
            "SWITCHING",
            "HALTED",
            "COMMITTING",
            "CLEANING_UP",
            "RELEASING",
            "RELEASED",
            "SUCCEEDED",
            "FAILED",
            "CANCELLED",
            "ROLLED_BACK");

    private final JpaRunRegister runs;
    private final RunCommands commands;
    private final SecurityIdentity identity;
    private final Clock clock;
    private final LiveFacts facts;

    @Inject
    public RunsResource(
            JpaRunRegister runs, RunCommands commands, SecurityIdentity identity, Clock clock, LiveFacts facts) {
        this.facts = facts;
        this.runs = runs;
        this.commands = commands;
        this.identity = identity;
        this.clock = clock;
    }

    /** Runs, newest first. */
    @GET
    @RolesAllowed(Roles.VIEWER)
    public Page<RunRepresentation> list(
            @QueryParam("planId") String planId,
            @QueryParam("state") String state,
            @QueryParam("limit") String limit,
            @QueryParam("cursor") String cursor) {
        if (state != null && !STATES.contains(state)) {
            throw Violation.refuse(
                    "state", "must be one of " + STATES.stream().sorted().toList());
        }
        PageRequest page = PageRequest.parse("runs", 2, limit, cursor);
        RunRegister.Filter filter =
                new RunRegister.Filter(Optional.ofNullable(planId).map(PlanId::parse), Optional.ofNullable(state));
        List<Run> found = runs.list(filter, place(page.after()), page.fetch());
        return Page.of(
                found,
                page,
                run -> RunRepresentation.of(run, facts),
                run -> List.of(run.order().orderedAt().toString(), run.id().toString()));
    }

    private static Optional<RunRegister.Place> place(List<String> after) {
        try {
            return after.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new RunRegister.Place(Instant.parse(after.get(0)), RunId.parse(after.get(1))));
        } catch (DateTimeException | HoldfastException foreign) {
            throw Violation.refuse("cursor", "is not one that this list gave; start again without it");
        }
    }

    @GET
    @Path("/{id}")
    @RolesAllowed(Roles.VIEWER)
    public RunRepresentation get(@PathParam("id") String id) {
        RunId run = RunId.parse(id);
        return runs.find(run).map(found -> RunRepresentation.of(found, facts)).orElseThrow(() -> notFound(run));
    }

    /** What the run did so far; from its end on, the report that was stored then. */
    @GET
    @Path("/{id}/report")
    @RolesAllowed(Roles.VIEWER)
    public RunReport report(@PathParam("id") String id) {
        RunId run = RunId.parse(id);
        return runs.report(run).orElseThrow(() -> notFound(run));
    }

    /** Ends a READY test: its sessions are closed and its report is completed. */
    @POST
    @Path("/{id}/finish")
    @Consumes(MediaType.WILDCARD)
    @RolesAllowed(Roles.OPERATOR)
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = RunRepresentation.class)))
    public Response finish(@PathParam("id") String id, @HeaderParam(IdempotencyKeys.HEADER) String key) {
        return change(id, key, "finish", run -> run.finish(Caller.name(identity), clock.instant()));
    }

    /** Makes a READY failover final: its groups are paused, its sessions committed; its machines go on. */
    @POST
    @Path("/{id}/commit")
    @Consumes(MediaType.WILDCARD)
    @RolesAllowed(Roles.RECOVERY)
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = RunRepresentation.class)))
    public Response commit(@PathParam("id") String id, @HeaderParam(IdempotencyKeys.HEADER) String key) {
        return change(id, key, "commit", run -> run.commit(Caller.name(identity), clock.instant()));
    }

    /** Undoes a failover that has not begun to commit. */
    @POST
    @Path("/{id}/rollback")
    @Consumes(MediaType.WILDCARD)
    @RolesAllowed(Roles.RECOVERY)
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = RunRepresentation.class)))
    public Response rollback(@PathParam("id") String id, @HeaderParam(IdempotencyKeys.HEADER) String key) {
        return change(id, key, "rollback", run -> run.rollBack(Caller.name(identity), clock.instant()));
    }

    /** Tries the failed steps of a HALTED failover anew. */
    @POST
    @Path("/{id}/retry")
    @Consumes(MediaType.WILDCARD)
    @RolesAllowed(Roles.RECOVERY)
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = RunRepresentation.class)))
    public Response retry(
            @PathParam("id") String id,
            @HeaderParam(IdempotencyKeys.HEADER) String key,
            @Parameter(description = "true: VMs of the source that did not shut down are left to the fence.")
                    @QueryParam("skipShutdown")
                    boolean skipShutdown) {
        return change(
                id,
                key,
                skipShutdown ? "retry?skipShutdown=true" : "retry",
                run -> skipShutdown ? run.retryWithoutShutdown(clock.instant()) : run.retry(clock.instant()));
    }

    /**
     * Stops the machines of a committed failover and ends its sessions, so that its VMs can go home; what they wrote stays in the journal, and the protection
     * groups stay failed over until somebody returns them. Ends a READY CLONE.
     */
    @POST
    @Path("/{id}/release")
    @Consumes(MediaType.WILDCARD)
    @RolesAllowed(Roles.RECOVERY)
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = RunRepresentation.class)))
    public Response release(@PathParam("id") String id, @HeaderParam(IdempotencyKeys.HEADER) String key) {
        return change(id, key, "release", run -> run.release(Caller.name(identity), clock.instant()));
    }

    /** Stops a TEST or CLONE in any state before its end, and undoes what it did. A CLONE needs the role recovery. */
    @POST
    @Path("/{id}/cancel")
    @Consumes(MediaType.WILDCARD)
    @RolesAllowed(Roles.OPERATOR)
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = RunRepresentation.class)))
    public Response cancel(@PathParam("id") String id, @HeaderParam(IdempotencyKeys.HEADER) String key) {
        return change(id, key, "cancel", run -> {
            if (run.order().mode() == Mode.CLONE) {
                Caller.requireRoleOf(identity, Mode.CLONE);
            }
            return run.cancel(Caller.name(identity), clock.instant());
        });
    }

    private Response change(String id, String key, String command, UnaryOperator<Run> change) {
        RunId run = RunId.parse(id);
        return commands.once(key, "POST /api/v1/runs/" + run + "/" + command, null, () -> runs.change(run, change));
    }

    private static HoldfastException notFound(RunId run) {
        return new HoldfastException(RunError.RUN_NOT_FOUND, "there is no run %s".formatted(run));
    }
}
