package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.drift.Drift;
import io.holdfast.recoveryplan.machine.Cards;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.machine.MachineSpec;
import io.holdfast.recoveryplan.plan.NetworkTarget;
import io.holdfast.recoveryplan.plan.Plan;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.run.Run;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What a plan would recover now, beside what its last good TEST recovered, and beside what it is at the source.
 *
 * @param test null: none has succeeded yet, and every machine is ADDED
 * @param unknownGroups protection groups whose newest checkpoint could not be asked; nothing is said of their machines
 */
@Schema(name = "PlanDrift")
public record DriftRepresentation(
        String planId,
        long planRevision,
        Instant checkedAt,
        Test test,
        boolean drifted,
        List<Machine> machines,
        List<String> unknownGroups) {

    /** @param planRevision of the plan, when it was tested */
    @Schema(name = "PlanDriftTest")
    public record Test(String runId, Instant orderedAt, long planRevision) {}

    /** @param cards of the machine as the newest checkpoint knows it; empty of one that is REMOVED */
    @Schema(name = "PlanDriftMachine")
    public record Machine(
            String pgId, String vmId, String name, Drift.Kind kind, List<Difference> changes, List<Card> cards) {}

    @Schema(name = "PlanDriftChange")
    public record Difference(String what, String before, String now) {}

    /** Where a card is plugged in at the source, and where a run plugs it in; null = nowhere. */
    @Schema(name = "PlanDriftCard")
    public record Card(String name, String source, String test, String live) {}

    static DriftRepresentation of(
            Plan plan, Optional<Run> test, Drift drift, Map<PgId, List<KnownMachine>> now, Instant at) {
        boolean planChanged = test.filter(run -> run.order().planRevision() != plan.revision())
                .isPresent();
        return new DriftRepresentation(
                plan.id().toString(),
                plan.revision(),
                at,
                test.map(run -> new Test(
                                run.id().toString(),
                                run.order().orderedAt(),
                                run.order().planRevision()))
                        .orElse(null),
                planChanged || !drift.differing().isEmpty(),
                drift.machines().stream()
                        .map(machine -> machine(plan, machine, now))
                        .toList(),
                drift.unknown().stream().map(PgId::toString).toList());
    }

    private static Machine machine(Plan plan, Drift.MachineDrift drift, Map<PgId, List<KnownMachine>> now) {
        RecoveryGroup group = plan.definition().groups().stream()
                .filter(candidate -> candidate.pgIds().contains(drift.pgId()))
                .findFirst()
                .orElseThrow();
        return new Machine(
                drift.pgId().toString(),
                drift.vmId().toString(),
                drift.name(),
                drift.kind(),
                drift.changes().stream()
                        .map(change -> new Difference(change.what(), change.before(), change.now()))
                        .toList(),
                now.get(drift.pgId()).stream()
                        .filter(machine -> machine.vmId().equals(drift.vmId()))
                        .flatMap(machine -> machine.spec().nics().stream())
                        .map(nic -> card(nic, group))
                        .toList());
    }

    private static Card card(MachineSpec.Nic nic, RecoveryGroup group) {
        return new Card(
                nic.name(),
                nic.network(),
                target(nic, new Cards(group.machines(), true)),
                target(nic, new Cards(group.machines(), false)));
    }

    private static String target(MachineSpec.Nic nic, Cards cards) {
        return switch (cards.networks().get(nic.network())) {
            case null -> null;
            case NetworkTarget.Host host -> host.name();
            case NetworkTarget.Isolated isolated -> "isolated " + isolated.name();
        };
    }
}
