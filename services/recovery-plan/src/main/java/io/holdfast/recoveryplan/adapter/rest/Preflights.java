package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.PlanId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.adapter.hook.Hooks;
import io.holdfast.recoveryplan.adapter.persistence.SqlTestConditions;
import io.holdfast.recoveryplan.dns.DnsZones;
import io.holdfast.recoveryplan.drift.Drift;
import io.holdfast.recoveryplan.execution.MachineHosts;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.machine.MachineHost;
import io.holdfast.recoveryplan.plan.Plan;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.preflight.AddressPreflight;
import io.holdfast.recoveryplan.preflight.BranchPreflight;
import io.holdfast.recoveryplan.preflight.CapacityPreflight;
import io.holdfast.recoveryplan.preflight.ClonePreflight;
import io.holdfast.recoveryplan.preflight.DependencyPreflight;
import io.holdfast.recoveryplan.preflight.DnsPreflight;
import io.holdfast.recoveryplan.preflight.DriftPreflight;
import io.holdfast.recoveryplan.preflight.Finding;
import io.holdfast.recoveryplan.preflight.HookPreflight;
import io.holdfast.recoveryplan.preflight.JournalCondition;
import io.holdfast.recoveryplan.preflight.MachinePreflight;
import io.holdfast.recoveryplan.preflight.ObjectivePreflight;
import io.holdfast.recoveryplan.preflight.Preflight;
import io.holdfast.recoveryplan.preflight.ProtectedGroup;
import io.holdfast.recoveryplan.preflight.ProtectedGroups;
import io.holdfast.recoveryplan.preflight.Purpose;
import io.holdfast.recoveryplan.preflight.SourceHostPreflight;
import io.holdfast.recoveryplan.run.Mode;
import io.holdfast.recoveryplan.run.Rehearsed;
import io.holdfast.recoveryplan.run.RunError;
import io.holdfast.recoveryplan.run.RunOrder;
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
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Gathers what a preflight has to know, and has it judged. */
@ApplicationScoped
public class Preflights {
    private final ProtectedGroups groups;
    private final NewestCheckpoints newest;
    private final MachineHosts hosts;
    private final RunRegister runs;
    private final Hooks hooks;
    private final DnsZones zones;
    private final SqlTestConditions tests;
    private final Clock clock;

    @Inject
    public Preflights(
            ProtectedGroups groups,
            NewestCheckpoints newest,
            MachineHosts hosts,
            RunRegister runs,
            Hooks hooks,
            DnsZones zones,
            SqlTestConditions tests,
            Clock clock) {
        this.hooks = hooks;
        this.zones = zones;
        this.groups = groups;
        this.newest = newest;
        this.hosts = hosts;
        this.runs = runs;
        this.tests = tests;
        this.clock = clock;
    }

    PreflightRepresentation check(Plan plan) {
        Instant now = clock.instant();
        Subject subject = new Subject(
                plan.id(),
                plan.revision(),
                plan.definition(),
                Optional.empty(),
                _ -> true,
                EnumSet.allOf(Purpose.class));
        List<Finding> findings = findings(subject, now);
        return new PreflightRepresentation(
                plan.id().toString(),
                plan.revision(),
                findings.stream().noneMatch(finding -> finding.code().severity() == Finding.Severity.ERROR),
                now,
                findings.stream().map(PreflightRepresentation::item).toList());
    }

    /**
     * Before an order is taken. What is looked at is what the run would do: the networks that a clone is attached to, and the machines of the part that is recovered.
     *
     * @throws HoldfastException {@code PLAN_HAS_ERRORS} with what keeps a run of the mode from its end
     */
    void requireRunnable(RunOrder order) {
        Mode mode = order.mode();
        Subject subject = new Subject(
                order.planId(),
                order.planRevision(),
                order.plan(),
                Optional.of(mode),
                vm -> order.part().map(part -> part.vms().contains(vm)).orElse(true),
                EnumSet.of(mode.isFailover() ? Purpose.LIVE : Purpose.TEST));
        String errors = findings(subject, clock.instant()).stream()
                .filter(finding -> finding.code().blocks().contains(mode))
                .map(finding -> finding.code() + ": " + finding.message())
                .collect(Collectors.joining("; "));
        if (!errors.isEmpty()) {
            throw new HoldfastException(
                    RunError.PLAN_HAS_ERRORS,
                    "the plan would not come to its end; correct it, or force the run: " + errors);
        }
    }

    /**
     * What is looked at.
     *
     * @param mode of the order; empty = the plan alone, as it could be run in any
     * @param started which machines
     */
    private record Subject(
            PlanId plan,
            long revision,
            PlanDefinition definition,
            Optional<Mode> mode,
            Predicate<VmId> started,
            Set<Purpose> purposes) {

        boolean besideOriginals() {
            return mode.filter(Mode.CLONE::equals).isPresent();
        }

        /** Whether what a run would meet only later may keep it from beginning. No other mode is refused for it; when a site is lost, nobody is asked and waited for. */
        boolean heldBackForLater() {
            return mode.map(Mode::isPlanned).orElse(true);
        }
    }

    private List<Finding> findings(Subject subject, Instant now) {
        PlanDefinition definition = subject.definition();
        Map<PgId, ProtectedGroup> known = groups.find(definition.pgIds());
        Map<PgId, JournalCondition> conditions = newest.conditions(definition.pgIds());
        Map<PgId, List<KnownMachine>> inCheckpoints = newest.machines(definition, conditions);
        Map<PgId, List<KnownMachine>> specified = started(inCheckpoints, subject.started());
        List<MachineHost> all = hosts.all();
        List<Finding> findings = new ArrayList<>();
        tests.of(subject.plan(), now)
                .ifPresent(test -> findings.addAll(Preflight.check(definition, known, conditions, test, now)));
        if (subject.heldBackForLater()) {
            findings.addAll(BranchPreflight.check(definition, newest.branches(conditions)));
        }
        findings.addAll(DependencyPreflight.check(definition, known));
        findings.addAll(MachinePreflight.check(definition, known, specified, all));
        findings.addAll(SourceHostPreflight.check(definition, known, all));
        findings.addAll(CapacityPreflight.check(definition, specified, all, subject.purposes()));
        findings.addAll(AddressPreflight.check(definition, specified, subject.purposes()));
        if (subject.besideOriginals()) {
            findings.addAll(ClonePreflight.check(definition, specified));
        }
        findings.addAll(HookPreflight.check(definition, hooks::obstacle, subject.purposes()));
        runs.lastGoodTest(subject.plan())
                .ifPresent(test -> findings.addAll(DriftPreflight.check(
                        definition,
                        subject.revision(),
                        test.order().planRevision(),
                        Drift.between(PlanDrifts.groups(definition), Rehearsed.machines(test), inCheckpoints))));
        findings.addAll(DnsPreflight.check(definition, zones, subject.purposes(), subject.heldBackForLater()));
        List<Duration> measured = definition.objectives().rto().isPresent()
                ? runs.recoveryTimes(subject.plan(), ObjectivePreflight.RUNS)
                : List.of();
        findings.addAll(ObjectivePreflight.check(definition, conditions, measured, now));
        return findings;
    }

    private static Map<PgId, List<KnownMachine>> started(
            Map<PgId, List<KnownMachine>> machines, Predicate<VmId> started) {
        Map<PgId, List<KnownMachine>> some = new HashMap<>();
        machines.forEach((pg, all) -> some.put(
                pg, all.stream().filter(machine -> started.test(machine.vmId())).toList()));
        return some;
    }
}
