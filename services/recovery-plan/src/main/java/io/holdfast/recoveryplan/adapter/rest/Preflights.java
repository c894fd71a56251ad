package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.adapter.config.RecoveryPlanSettings;
import io.holdfast.recoveryplan.adapter.hook.Hooks;
import io.holdfast.recoveryplan.adapter.journal.JournalStoreClient;
import io.holdfast.recoveryplan.execution.MachineHosts;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.machine.MachineHost;
import io.holdfast.recoveryplan.plan.Plan;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.preflight.AddressPreflight;
import io.holdfast.recoveryplan.preflight.CapacityPreflight;
import io.holdfast.recoveryplan.preflight.DependencyPreflight;
import io.holdfast.recoveryplan.preflight.Finding;
import io.holdfast.recoveryplan.preflight.HookPreflight;
import io.holdfast.recoveryplan.preflight.JournalCondition;
import io.holdfast.recoveryplan.preflight.MachinePreflight;
import io.holdfast.recoveryplan.preflight.ObjectivePreflight;
import io.holdfast.recoveryplan.preflight.Preflight;
import io.holdfast.recoveryplan.preflight.ProtectedGroup;
import io.holdfast.recoveryplan.preflight.ProtectedGroups;
import io.holdfast.recoveryplan.preflight.Purpose;
import io.holdfast.recoveryplan.run.Mode;
import io.holdfast.recoveryplan.run.RunError;
import io.holdfast.recoveryplan.run.RunRegister;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Gathers what a preflight has to know, and has it judged. */
@ApplicationScoped
public class Preflights {
    private final ProtectedGroups groups;
    private final JournalStoreClient journals;
    private final MachineHosts hosts;
    private final RunRegister runs;
    private final Hooks hooks;
    private final RecoveryPlanSettings settings;
    private final Clock clock;

    @Inject
    public Preflights(
            ProtectedGroups groups,
            JournalStoreClient journals,
            MachineHosts hosts,
            RunRegister runs,
            Hooks hooks,
            RecoveryPlanSettings settings,
            Clock clock) {
        this.hooks = hooks;
        this.groups = groups;
        this.journals = journals;
        this.hosts = hosts;
        this.runs = runs;
        this.settings = settings;
        this.clock = clock;
    }

    PreflightRepresentation check(Plan plan) {
        Instant now = clock.instant();
        List<Finding> findings = findings(plan, now, EnumSet.allOf(Purpose.class));
        return new PreflightRepresentation(
                plan.id().toString(),
                plan.revision(),
                findings.stream().noneMatch(finding -> finding.code().severity() == Finding.Severity.ERROR),
                now,
                findings.stream().map(PreflightRepresentation::item).toList());
    }

    /**
     * Before an order is taken.
     *
     * @throws HoldfastException {@code PLAN_HAS_ERRORS} with what keeps a run of the mode from its end
     */
    void requireRunnable(Plan plan, Mode mode) {
        Set<Purpose> purpose = EnumSet.of(mode == Mode.TEST ? Purpose.TEST : Purpose.LIVE);
        List<String> errors = findings(plan, clock.instant(), purpose).stream()
                .filter(finding -> finding.code().blocks().contains(mode))
                .map(finding -> finding.code() + ": " + finding.message())
                .toList();
        if (!errors.isEmpty()) {
            throw new HoldfastException(
                    RunError.PLAN_HAS_ERRORS,
                    "the plan would not come to its end; correct it, or force the run: " + String.join("; ", errors));
        }
    }

    private List<Finding> findings(Plan plan, Instant now, Set<Purpose> purposes) {
        PlanDefinition definition = plan.definition();
        Map<PgId, ProtectedGroup> known = groups.find(definition.pgIds());
        Map<PgId, JournalCondition> conditions = conditions(definition.pgIds());
        Map<PgId, List<KnownMachine>> specified = specified(plan, conditions);
        List<MachineHost> all = hosts.all();
        List<Finding> findings = new ArrayList<>(Preflight.check(
                definition, known, conditions, runs.lastGoodTest(plan.id()), settings.testOverdueAfter(), now));
        findings.addAll(DependencyPreflight.check(definition, known));
        findings.addAll(MachinePreflight.check(definition, known, specified, all));
        findings.addAll(CapacityPreflight.check(definition, specified, all, purposes));
        findings.addAll(AddressPreflight.check(definition, specified, purposes));
        findings.addAll(HookPreflight.check(definition, hooks::obstacle, purposes));
        List<Duration> measured = definition.objectives().rto().isPresent()
                ? runs.recoveryTimes(plan.id(), ObjectivePreflight.RUNS)
                : List.of();
        findings.addAll(ObjectivePreflight.check(definition, conditions, measured, now));
        return findings;
    }

    /** The machines that the newest checkpoint of each group with machines knows. */
    private Map<PgId, List<KnownMachine>> specified(Plan plan, Map<PgId, JournalCondition> conditions) {
        Map<PgId, List<KnownMachine>> specified = new HashMap<>();
        for (RecoveryGroup group : plan.definition().groups()) {
            for (PgId pg : group.machines().powerOn() ? group.pgIds() : List.<PgId>of()) {
                if (conditions.get(pg) instanceof JournalCondition.Recoverable recoverable) {
                    try {
                        specified.put(
                                pg, journals.machines(pg, recoverable.newest().id()));
                    } catch (HoldfastException unknown) {
                        // No entry: nothing is said of machines that could not be asked for.
                        continue;
                    }
                }
            }
        }
        return specified;
    }

    /** The first journal that nobody answers for speaks for the rest: a preflight must not wait for 256 timeouts. */
    private Map<PgId, JournalCondition> conditions(List<PgId> pgIds) {
        Map<PgId, JournalCondition> conditions = new HashMap<>();
        JournalCondition silent = null;
        for (PgId pg : pgIds) {
            JournalCondition condition = silent == null ? condition(pg) : silent;
            conditions.put(pg, condition);
            silent = condition instanceof JournalCondition.Unreachable ? condition : null;
        }
        return conditions;
    }

    private JournalCondition condition(PgId pg) {
        try {
            return journals.newest(pg)
                    .<JournalCondition>map(JournalCondition.Recoverable::new)
                    .orElseGet(JournalCondition.Empty::new);
        } catch (HoldfastException failed) {
            return failed.code().name().equals("JOURNAL_NOT_FOUND")
                    ? new JournalCondition.Missing()
                    : new JournalCondition.Unreachable(failed.getMessage());
        }
    }
}
