package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.Id;
import io.holdfast.kernel.id.PlanId;
import io.holdfast.platform.paging.Page;
import io.holdfast.platform.paging.PageRequest;
import io.holdfast.platform.rest.Violation;
import io.holdfast.platform.security.Roles;
import io.holdfast.recoveryplan.adapter.persistence.SqlTestConditions;
import io.holdfast.recoveryplan.adapter.persistence.SqlTestConditions.Place;
import io.holdfast.recoveryplan.plan.PlanError;
import io.holdfast.recoveryplan.plan.PlanStore;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What became of the rehearsals of a plan. */
@Path("/api/v1/plans/{id}/rehearsals")
@Produces(MediaType.APPLICATION_JSON)
public class PlanRehearsalsResource {
    private final PlanStore plans;
    private final SqlTestConditions tests;

    @Inject
    public PlanRehearsalsResource(PlanStore plans, SqlTestConditions tests) {
        this.plans = plans;
        this.tests = tests;
    }

    /** Every TEST of the plan, and every due time that was skipped, newest first. */
    @GET
    @RolesAllowed(Roles.VIEWER)
    public Page<RehearsalViews.Line> history(
            @PathParam("id") String id, @QueryParam("limit") String limit, @QueryParam("cursor") String cursor) {
        PlanId plan = PlanId.parse(id);
        if (plans.find(plan).isEmpty()) {
            throw new HoldfastException(PlanError.PLAN_NOT_FOUND, "there is no plan %s".formatted(plan));
        }
        PageRequest page = PageRequest.parse("rehearsals", 2, limit, cursor);
        return Page.of(
                tests.history(plan, place(page.after()), page.fetch()),
                page,
                RehearsalViews.Line::of,
                line -> List.of(line.at().toString(), line.id().toString()));
    }

    private static Optional<Place> place(List<String> after) {
        try {
            return after.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Place(Instant.parse(after.get(0)), Id.parseUuid("rehearsal", after.get(1))));
        } catch (DateTimeException | HoldfastException foreign) {
            throw Violation.refuse("cursor", "is not one that this list gave; start again without it");
        }
    }
}
