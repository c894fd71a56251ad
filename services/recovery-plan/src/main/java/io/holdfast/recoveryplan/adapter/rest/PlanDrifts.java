package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.drift.Drift;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.plan.Plan;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.run.Rehearsed;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunRegister;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Gathers what is to be compared for a plan's drift. */
@ApplicationScoped
public class PlanDrifts {
    private final NewestCheckpoints newest;
    private final RunRegister runs;
    private final Clock clock;

    @Inject
    public PlanDrifts(NewestCheckpoints newest, RunRegister runs, Clock clock) {
        this.newest = newest;
        this.runs = runs;
        this.clock = clock;
    }

    DriftRepresentation of(Plan plan) {
        PlanDefinition definition = plan.definition();
        Map<PgId, List<KnownMachine>> now = newest.machines(definition, newest.conditions(definition.pgIds()));
        Optional<Run> test = runs.lastGoodTest(plan.id());
        Drift drift =
                Drift.between(groups(definition), test.map(Rehearsed::machines).orElse(Map.of()), now);
        return DriftRepresentation.of(plan, test, drift, now, clock.instant());
    }

    /** Those whose machines the plan starts. */
    static List<PgId> groups(PlanDefinition plan) {
        return plan.groups().stream()
                .filter(group -> group.machines().powerOn())
                .flatMap(group -> group.pgIds().stream())
                .toList();
    }
}
