package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PlanId;
import io.holdfast.platform.db.IdempotencyKeys;
import io.holdfast.platform.db.Reply;
import io.holdfast.platform.paging.Page;
import io.holdfast.platform.paging.PageRequest;
import io.holdfast.platform.rest.Violation;
import io.holdfast.platform.security.Roles;
import io.holdfast.recoveryplan.plan.Plan;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.PlanError;
import io.holdfast.recoveryplan.plan.PlanRules;
import io.holdfast.recoveryplan.plan.PlanStore;
import io.quarkus.security.identity.SecurityIdentity;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** Recovery plans. */
@Path("/api/v1/plans")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public class PlansResource {
    private final PlanStore plans;
    private final Preflights preflights;
    private final PlanDrifts drifts;
    private final IdempotencyKeys idempotency;
    private final SecurityIdentity identity;
    private final Clock clock;

    @Inject
    public PlansResource(
            PlanStore plans,
            Preflights preflights,
            PlanDrifts drifts,
            IdempotencyKeys idempotency,
            SecurityIdentity identity,
            Clock clock) {
        this.plans = plans;
        this.preflights = preflights;
        this.drifts = drifts;
        this.idempotency = idempotency;
        this.identity = identity;
        this.clock = clock;
    }

    /** Makes a plan. */
    @POST
    @RolesAllowed(Roles.OPERATOR)
    @APIResponse(
            responseCode = "201",
            description = "The plan at revision 1.",
            content = @Content(schema = @Schema(implementation = PlanRepresentation.class)))
    public Response create(@HeaderParam(IdempotencyKeys.HEADER) String key, PlanRepresentation.Request request) {
        PlanDefinition definition = definition(request);
        return idempotency.once(key, Caller.name(identity), "POST /api/v1/plans", request, () -> {
            Plan plan = plans.create(definition, Caller.name(identity), now());
            return new Reply(201, "/api/v1/plans/" + plan.id(), PlanRepresentation.of(plan));
        });
    }

    /** All plans by name. */
    @GET
    @RolesAllowed(Roles.VIEWER)
    public Page<PlanRepresentation> list(@QueryParam("limit") String limit, @QueryParam("cursor") String cursor) {
        PageRequest page = PageRequest.parse("plans", 1, limit, cursor);
        List<Plan> found = plans.list(page.after().stream().findFirst(), page.fetch());
        return Page.of(
                found,
                page,
                PlanRepresentation::of,
                plan -> List.of(plan.definition().name()));
    }

    /** One plan; its revision is also the ETag. */
    @GET
    @Path("/{id}")
    @RolesAllowed(Roles.VIEWER)
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = PlanRepresentation.class)))
    public Response get(@PathParam("id") String id) {
        return reply(find(id));
    }

    /** Replaces what the plan says; runs that were ordered before keep the revision that they began with. */
    @PUT
    @Path("/{id}")
    @RolesAllowed(Roles.OPERATOR)
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = PlanRepresentation.class)))
    public Response replace(
            @PathParam("id") String id,
            @HeaderParam(HttpHeaders.IF_MATCH) String ifMatch,
            PlanRepresentation.Request request) {
        PlanId plan = PlanId.parse(id);
        long revision = PlanRevision.required(ifMatch);
        return reply(plans.replace(plan, revision, definition(request), Caller.name(identity), now()));
    }

    /** Deletes a plan without live runs. Its runs and their reports stay. */
    @DELETE
    @Path("/{id}")
    @RolesAllowed(Roles.OPERATOR)
    @APIResponse(responseCode = "204", description = "The plan is deleted.")
    public void delete(@PathParam("id") String id, @HeaderParam(HttpHeaders.IF_MATCH) String ifMatch) {
        plans.delete(PlanId.parse(id), PlanRevision.required(ifMatch), Caller.name(identity), now());
    }

    /** Looks what would go wrong if the plan were run now. */
    @GET
    @Path("/{id}/preflight")
    @RolesAllowed(Roles.VIEWER)
    public PreflightRepresentation preflight(@PathParam("id") String id) {
        return preflights.check(find(id));
    }

    /** What the plan would recover now, beside what its last good TEST recovered and what it is at the source. */
    @GET
    @Path("/{id}/drift")
    @RolesAllowed(Roles.VIEWER)
    public DriftRepresentation drift(@PathParam("id") String id) {
        return drifts.of(find(id));
    }

    private Plan find(String id) {
        PlanId plan = PlanId.parse(id);
        return plans.find(plan)
                .orElseThrow(
                        () -> new HoldfastException(PlanError.PLAN_NOT_FOUND, "there is no plan %s".formatted(plan)));
    }

    private static PlanDefinition definition(PlanRepresentation.Request request) {
        if (request == null) {
            throw Violation.refuse("body", "must be a plan");
        }
        return switch (PlanRules.check(request.draft())) {
            case PlanRules.Checked.Accepted accepted -> accepted.definition();
            case PlanRules.Checked.Refused refused ->
                throw Violation.refuse(refused.violations().stream()
                        .map(violation -> new Violation(violation.field(), violation.message()))
                        .toList());
        };
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    private static Response reply(Plan plan) {
        return Response.ok(PlanRepresentation.of(plan))
                .header(HttpHeaders.ETAG, PlanRevision.tag(plan.revision()))
                .build();
    }
}
