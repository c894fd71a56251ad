package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.plan.MachineRules;
import io.holdfast.recoveryplan.plan.Objectives;
import io.holdfast.recoveryplan.plan.Plan;
import io.holdfast.recoveryplan.plan.PlanDraft;
import io.holdfast.recoveryplan.plan.Procedure;
import io.holdfast.recoveryplan.plan.ProcedureDraft;
import io.holdfast.recoveryplan.plan.Readiness;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A plan as a reply has it. */
@Schema(name = "Plan")
public record PlanRepresentation(
        String id,

        @Schema(description = "Grows with every change; changes name the one they were made from in If-Match.")
        long revision,

        String name,
        List<Group> groups,
        StepRulesForm steps,
        ObjectivesForm objectives,
        Instant createdAt,
        Instant changedAt,
        String changedBy) {

    /** A plan as a request has it. */
    @Schema(name = "PlanRequest")
    public record Request(
            @Schema(required = true, description = "1 to 128 visible characters, unique.")
            String name,

            @Schema(required = true, description = "1 to 64.")
            List<Group> groups,

            @Schema(description = "Of every group that says nothing else.")
            StepRulesForm steps,

            ObjectivesForm objectives) {

        PlanDraft draft() {
            return new PlanDraft(
                    name,
                    groups == null ? null : groups.stream().map(Request::draft).toList(),
                    StepRulesForm.draft(steps),
                    objectives == null ? null : new PlanDraft.ObjectivesDraft(objectives.rpo(), objectives.rto()));
        }

        private static PlanDraft.GroupDraft draft(Group group) {
            return group == null
                    ? null
                    : new PlanDraft.GroupDraft(
                            group.name(),
                            group.pgIds(),
                            group.dependsOn(),
                            group.bootDelay(),
                            group.readiness() == null
                                    ? null
                                    : new PlanDraft.ReadinessDraft(
                                            group.readiness().type(),
                                            group.readiness().timeout(),
                                            probes(group.readiness())),
                            group.powerOn(),
                            group.machines() == null ? null : group.machines().draft(),
                            new ProcedureDraft(
                                    group.approval() == null
                                            ? null
                                            : group.approval().draft(),
                                    group.hooks() == null
                                            ? null
                                            : HookForm.drafts(group.hooks().before()),
                                    group.hooks() == null
                                            ? null
                                            : HookForm.drafts(group.hooks().after()),
                                    StepRulesForm.draft(group.steps()),
                                    group.hooks() == null ? null : group.hooks().machineDrafts(),
                                    DnsRecordForm.drafts(group.dns())));
        }
    }

    private static List<PlanDraft.ProbeDraft> probes(Probe readiness) {
        return readiness.probes() == null
                ? null
                : readiness.probes().stream()
                        .map(probe -> probe == null ? null : probe.draft())
                        .toList();
    }

    @Schema(name = "PlanObjectives", description = "Promises that a preflight compares with what was measured.")
    public record ObjectivesForm(
            @Schema(description = "How old the newest checkpoint may be: PT1S to P30D.")
            Duration rpo,

            @Schema(description = "From an order until every group is ready: PT1S to P30D.")
            Duration rto) {
        /** @return {@code null} if nothing is promised */
        static ObjectivesForm of(Objectives objectives) {
            return objectives.equals(Objectives.NONE)
                    ? null
                    : new ObjectivesForm(
                            objectives.rpo().orElse(null), objectives.rto().orElse(null));
        }
    }

    @Schema(name = "RecoveryGroup")
    public record Group(
            @Schema(required = true, description = "Unique in the plan.")
            String name,

            @Schema(required = true, description = "Ids of protection groups, 1 to 64; each once in a plan.")
            List<String> pgIds,

            @Schema(description = "Names of groups that have to be ready before this one begins.")
            List<String> dependsOn,

            @Schema(description = "PT0S to PT1H, default PT0S; waited after readiness, before dependent groups begin.")
            Duration bootDelay,

            @Schema(description = "Default NBD_EXPORT with PT30S.")
            Probe readiness,

            @Schema(description = "true: the VMs of the group are started. Default false: disks only.")
            Boolean powerOn,

            @Schema(description = "How the VMs are started; without effect unless powerOn is true.")
            MachinesForm machines,

            @Schema(description = "A person's word without which the group is not begun; absent = none.")
            ApprovalForm approval,

            HookForm.Lists hooks,
            StepRulesForm steps,

            @Schema(description = "Record sets that lead to the group once its machines are ready; at most 16.")
            List<DnsRecordForm> dns) {}

    @Schema(name = "Readiness")
    public record Probe(
            @Schema(required = true, description = "NBD_EXPORT, MACHINES (needs powerOn) or NONE.")
            String type,

            @Schema(description = "PT1S to PT1H, default PT30S.")
            Duration timeout,

            @Schema(description = "Of MACHINES; none = a machine is ready when it runs.")
            List<MachinesForm.ProbeForm> probes) {}

    static PlanRepresentation of(Plan plan) {
        return new PlanRepresentation(
                plan.id().toString(),
                plan.revision(),
                plan.definition().name(),
                plan.definition().groups().stream()
                        .map(PlanRepresentation::group)
                        .toList(),
                StepRulesForm.of(plan.definition().steps()),
                ObjectivesForm.of(plan.definition().objectives()),
                plan.createdAt(),
                plan.changedAt(),
                plan.changedBy());
    }

    private static Group group(RecoveryGroup group) {
        return new Group(
                group.name(),
                group.pgIds().stream().map(PgId::toString).toList(),
                group.dependsOn(),
                group.bootDelay(),
                switch (group.readiness()) {
                    case Readiness.NbdExport probe -> new Probe("NBD_EXPORT", probe.timeout(), null);
                    case Readiness.Machines machines ->
                        new Probe(
                                "MACHINES",
                                machines.timeout(),
                                machines.probes().stream()
                                        .map(MachinesForm.ProbeForm::of)
                                        .toList());
                    case Readiness.None _ -> new Probe("NONE", null, null);
                },
                group.machines().powerOn(),
                group.machines().equals(MachineRules.OFF) ? null : MachinesForm.of(group.machines()),
                group.procedure().approval().map(ApprovalForm::of).orElse(null),
                hooks(group.procedure()),
                StepRulesForm.of(group.procedure().steps()),
                DnsRecordForm.of(group.procedure().dns()));
    }

    /** @return {@code null} if there are none */
    private static HookForm.Lists hooks(Procedure procedure) {
        return procedure.hooks().findAny().isEmpty() ? null : HookForm.Lists.of(procedure);
    }
}
