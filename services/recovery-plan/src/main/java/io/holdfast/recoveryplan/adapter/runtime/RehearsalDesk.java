package io.holdfast.recoveryplan.adapter.runtime;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.PlanId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.adapter.metrics.RecoveryMetrics;
import io.holdfast.recoveryplan.adapter.persistence.SqlRehearsals;
import io.holdfast.recoveryplan.adapter.persistence.SqlRehearsals.DueSchedule;
import io.holdfast.recoveryplan.adapter.persistence.SqlRehearsals.Noted;
import io.holdfast.recoveryplan.adapter.rest.RunOrders;
import io.holdfast.recoveryplan.adapter.rest.RunRequest;
import io.holdfast.recoveryplan.plan.Plan;
import io.holdfast.recoveryplan.plan.PlanStore;
import io.holdfast.recoveryplan.rehearsal.RehearsalRules;
import io.holdfast.recoveryplan.rehearsal.RehearsalRules.Skip;
import io.holdfast.recoveryplan.rehearsal.RehearsalSchedule;
import io.holdfast.recoveryplan.rehearsal.RehearsalSchedule.Due;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Orders the rehearsal that a schedule asks for, or notes why there is none (docs/rehearsals.md). */
@ApplicationScoped
public class RehearsalDesk {
    private final SqlRehearsals rehearsals;
    private final PlanStore plans;
    private final RunOrders orders;
    private final RecoveryMetrics metrics;

    @Inject
    public RehearsalDesk(SqlRehearsals rehearsals, PlanStore plans, RunOrders orders, RecoveryMetrics metrics) {
        this.rehearsals = rehearsals;
        this.plans = plans;
        this.orders = orders;
        this.metrics = metrics;
    }

    /**
     * In one transaction: the due time is noted, and its run is there. Empty if it was skipped, or is another instance's.
     *
     * @throws HoldfastException the order was refused; nothing is stored
     */
    @Transactional
    public Optional<RunId> take(PlanId id, Instant now) {
        Optional<DueSchedule> held = rehearsals.lock(id, now);
        Optional<Plan> plan = plans.find(id);
        if (held.isEmpty() || plan.isEmpty()) {
            return Optional.empty();
        }
        RehearsalSchedule schedule = held.get().schedule();
        Due due = schedule.due(held.get().dueAt(), now);
        Optional<Skip> skip = RehearsalRules.check(schedule, due, rehearsals.site(plan.get()), now);
        Optional<RunId> run = skip.isPresent()
                ? Optional.empty()
                : Optional.of(orders.place(plan.get(), order(plan.get(), schedule), RehearsalRules.ORDERED_BY)
                        .id());
        note(new Noted(id, due, schedule.serveFor(), run, skip), now);
        return run;
    }

    /** The order was refused: the due time is noted with the reason, unless somebody has noted it meanwhile. */
    @Transactional
    public void refused(PlanId id, HoldfastException refusal, Instant now) {
        rehearsals.lock(id, now).ifPresent(held -> {
            RehearsalSchedule schedule = held.schedule();
            Skip skip = new Skip(refusal.code().name(), refusal.getMessage());
            Due due = schedule.due(held.dueAt(), now);
            note(new Noted(id, due, schedule.serveFor(), Optional.empty(), Optional.of(skip)), now);
        });
    }

    private void note(Noted noted, Instant now) {
        rehearsals.note(noted, now.truncatedTo(ChronoUnit.MICROS));
        metrics.rehearsal(noted.run().isPresent());
    }

    private static RunRequest order(Plan plan, RehearsalSchedule schedule) {
        RunRequest.Point point =
                switch (schedule.point()) {
                    case LATEST -> new RunRequest.Point(null, null, true, null, null);
                    case LATEST_APP -> new RunRequest.Point(null, null, null, true, null);
                    case LATEST_VERIFIED -> new RunRequest.Point(null, null, null, null, true);
                };
        return RunRequest.test(
                plan.definition().pgIds().stream()
                        .map(PgId::toString)
                        .collect(Collectors.toMap(Function.identity(), _ -> point)),
                schedule.limit());
    }
}
