package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.adapter.config.RecoveryPlanSettings;
import io.holdfast.recoveryplan.adapter.journal.JournalStoreClient;
import io.holdfast.recoveryplan.execution.MachineHosts;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.plan.Plan;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.preflight.Finding;
import io.holdfast.recoveryplan.preflight.JournalCondition;
import io.holdfast.recoveryplan.preflight.MachinePreflight;
import io.holdfast.recoveryplan.preflight.Preflight;
import io.holdfast.recoveryplan.preflight.ProtectedGroup;
import io.holdfast.recoveryplan.preflight.ProtectedGroups;
import io.holdfast.recoveryplan.run.RunRegister;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Gathers what a preflight has to know, and has it judged. */
@ApplicationScoped
public class Preflights {
    private final ProtectedGroups groups;
    private final JournalStoreClient journals;
    private final MachineHosts hosts;
    private final RunRegister runs;
    private final RecoveryPlanSettings settings;
    private final Clock clock;

    @Inject
    public Preflights(
            ProtectedGroups groups,
            JournalStoreClient journals,
            MachineHosts hosts,
            RunRegister runs,
            RecoveryPlanSettings settings,
            Clock clock) {
        this.groups = groups;
        this.journals = journals;
        this.hosts = hosts;
        this.runs = runs;
        this.settings = settings;
        this.clock = clock;
    }

    PreflightRepresentation check(Plan plan) {
        Instant now = clock.instant();
        Map<PgId, ProtectedGroup> known = groups.find(plan.definition().pgIds());
        Map<PgId, JournalCondition> conditions = conditions(plan.definition().pgIds());
        List<Finding> findings = new ArrayList<>(Preflight.check(
                plan.definition(), known, conditions, runs.lastGoodTest(plan.id()), settings.testOverdueAfter(), now));
        findings.addAll(MachinePreflight.check(plan.definition(), known, specified(plan, conditions), hosts.all()));
        return new PreflightRepresentation(
                plan.id().toString(),
                plan.revision(),
                findings.stream().noneMatch(finding -> finding.code().severity() == Finding.Severity.ERROR),
                now,
                findings.stream().map(PreflightRepresentation::item).toList());
    }

    /** The VMs that the newest checkpoint of each group with machines knows. */
    private Map<PgId, Set<VmId>> specified(Plan plan, Map<PgId, JournalCondition> conditions) {
        Map<PgId, Set<VmId>> specified = new HashMap<>();
        for (RecoveryGroup group : plan.definition().groups()) {
            for (PgId pg : group.machines().powerOn() ? group.pgIds() : List.<PgId>of()) {
                if (conditions.get(pg) instanceof JournalCondition.Recoverable recoverable) {
                    try {
                        specified.put(
                                pg,
                                journals.machines(pg, recoverable.newest().id()).stream()
                                        .map(KnownMachine::vmId)
                                        .collect(Collectors.toSet()));
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
