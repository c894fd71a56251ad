package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PlanId;
import io.holdfast.platform.db.IdempotencyKeys;
import io.holdfast.platform.rest.Violation;
import io.holdfast.platform.security.Roles;
import io.holdfast.recoveryplan.plan.Plan;
import io.holdfast.recoveryplan.plan.PlanError;
import io.holdfast.recoveryplan.plan.PlanStore;
import io.holdfast.recoveryplan.run.Mode;
import io.quarkus.security.identity.SecurityIdentity;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** Orders to run a plan. A class of its own, because JAX-RS looks for a path in the class that matches most of it only. */
@Path("/api/v1/plans/{id}/runs")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public class RunOrdersResource {
    private final PlanStore plans;
    private final RunOrders orders;
    private final RunCommands commands;
    private final SecurityIdentity identity;

    @Inject
    public RunOrdersResource(PlanStore plans, RunOrders orders, RunCommands commands, SecurityIdentity identity) {
        this.plans = plans;
        this.orders = orders;
        this.commands = commands;
        this.identity = identity;
    }

    /** Orders a run. TEST needs the role operator, PLANNED and UNPLANNED the role recovery. */
    @POST
    @RolesAllowed(Roles.OPERATOR)
    @APIResponse(
            responseCode = "202",
            description = "Ordered; the run is at Location.",
            content = @Content(schema = @Schema(implementation = RunRepresentation.class)))
    public Response order(
            @PathParam("id") String planId, @HeaderParam(IdempotencyKeys.HEADER) String key, RunRequest request) {
        PlanId id = PlanId.parse(planId);
        if (request == null) {
            throw Violation.refuse("body", "must be an order such as {\"mode\": \"TEST\"}");
        }
        Caller.requireRoleOf(identity, Mode.parse(request.mode()));
        return commands.once(key, "POST /api/v1/plans/" + id + "/runs", request, () -> {
            Plan plan = plans.find(id)
                    .orElseThrow(
                            () -> new HoldfastException(PlanError.PLAN_NOT_FOUND, "there is no plan %s".formatted(id)));
            return orders.place(plan, request, Caller.name(identity));
        });
    }
}
