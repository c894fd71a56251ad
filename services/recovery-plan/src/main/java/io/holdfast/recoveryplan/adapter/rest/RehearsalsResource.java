package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.platform.paging.Page;
import io.holdfast.platform.paging.PageRequest;
import io.holdfast.platform.security.Roles;
import io.holdfast.recoveryplan.adapter.persistence.SqlTestConditions;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Clock;
import java.util.List;

/** Which plans were shown to work lately, and which are to be. */
@Path("/api/v1/rehearsals")
@Produces(MediaType.APPLICATION_JSON)
public class RehearsalsResource {
    private final SqlTestConditions tests;
    private final Clock clock;

    @Inject
    public RehearsalsResource(SqlTestConditions tests, Clock clock) {
        this.tests = tests;
        this.clock = clock;
    }

    /** All plans by name, each with its last good test and its next rehearsal. */
    @GET
    @RolesAllowed(Roles.VIEWER)
    public Page<RehearsalViews.Plan> list(@QueryParam("limit") String limit, @QueryParam("cursor") String cursor) {
        PageRequest page = PageRequest.parse("rehearsed-plans", 1, limit, cursor);
        return Page.of(
                tests.plans(page.after().stream().findFirst().orElse(""), page.fetch(), clock.instant()),
                page,
                RehearsalViews.Plan::of,
                plan -> List.of(plan.name()));
    }
}
