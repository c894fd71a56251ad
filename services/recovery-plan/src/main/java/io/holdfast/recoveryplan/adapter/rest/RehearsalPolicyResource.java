package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PlanId;
import io.holdfast.platform.rest.Violation;
import io.holdfast.platform.security.Roles;
import io.holdfast.recoveryplan.adapter.persistence.SqlRehearsals;
import io.holdfast.recoveryplan.adapter.persistence.SqlTestConditions;
import io.holdfast.recoveryplan.plan.PlanError;
import io.holdfast.recoveryplan.plan.PlanStore;
import io.holdfast.recoveryplan.rehearsal.PolicyCheck;
import io.holdfast.recoveryplan.rehearsal.RehearsalPolicy;
import io.quarkus.security.identity.SecurityIdentity;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** When a plan is rehearsed by itself, and how old its last good test may be. */
@Path("/api/v1/plans/{id}/rehearsal-policy")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public class RehearsalPolicyResource {
    private final PlanStore plans;
    private final SqlRehearsals rehearsals;
    private final SqlTestConditions tests;
    private final SecurityIdentity identity;
    private final Clock clock;

    @Inject
    public RehearsalPolicyResource(
            PlanStore plans,
            SqlRehearsals rehearsals,
            SqlTestConditions tests,
            SecurityIdentity identity,
            Clock clock) {
        this.plans = plans;
        this.rehearsals = rehearsals;
        this.tests = tests;
        this.identity = identity;
        this.clock = clock;
    }

    /** How often the plan has to be rehearsed, when it is next, and whether a test is overdue. */
    @GET
    @RolesAllowed(Roles.VIEWER)
    @Transactional
    public RehearsalViews.Policy policy(@PathParam("id") String id) {
        return state(existing(id));
    }

    /** Replaces the policy; the last one counts. Rehearsals under way are left alone. */
    @PUT
    @RolesAllowed(Roles.OPERATOR)
    @Transactional
    public RehearsalViews.Policy replace(@PathParam("id") String id, RehearsalPolicyForm form) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        PlanId plan = existing(id);
        RehearsalPolicy policy = checked(form, now);
        Optional<Instant> next =
                policy.schedule().flatMap(schedule -> schedule.recurrence().next(now));
        rehearsals.put(plan, policy, next, Caller.name(identity), now);
        return state(plan);
    }

    /** Takes the policy away: the site's rule counts, and only persons order rehearsals. */
    @DELETE
    @RolesAllowed(Roles.OPERATOR)
    @Transactional
    @APIResponse(responseCode = "204", description = "The plan has no policy of its own.")
    public void remove(@PathParam("id") String id) {
        rehearsals.remove(existing(id));
    }

    private RehearsalViews.Policy state(PlanId plan) {
        return RehearsalViews.Policy.of(
                plan.toString(),
                rehearsals.policy(plan),
                tests.of(plan, clock.instant()).orElseThrow(() -> notFound(plan)));
    }

    private PlanId existing(String id) {
        PlanId plan = PlanId.parse(id);
        plans.find(plan).orElseThrow(() -> notFound(plan));
        return plan;
    }

    private static HoldfastException notFound(PlanId plan) {
        return new HoldfastException(PlanError.PLAN_NOT_FOUND, "there is no plan %s".formatted(plan));
    }

    private static RehearsalPolicy checked(RehearsalPolicyForm form, Instant now) {
        if (form == null) {
            throw Violation.refuse("body", "must be a policy, such as {\"schedule\": {\"cron\": \"0 3 * * SUN\"}}");
        }
        return switch (PolicyCheck.check(form.draft(), now)) {
            case PolicyCheck.Checked.Accepted accepted -> accepted.policy();
            case PolicyCheck.Checked.Refused refused ->
                throw Violation.refuse(refused.violations().stream()
                        .map(violation -> new Violation(violation.field(), violation.message()))
                        .toList());
        };
    }
}
