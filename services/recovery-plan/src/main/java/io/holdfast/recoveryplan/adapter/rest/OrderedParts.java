package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.platform.rest.Violation;
import io.holdfast.recoveryplan.plan.NarrowedPlan;
import io.holdfast.recoveryplan.plan.Plan;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.preflight.ProtectedGroup;
import io.holdfast.recoveryplan.preflight.ProtectedGroups;
import io.holdfast.recoveryplan.run.Mode;
import io.holdfast.recoveryplan.run.OrderedVm;
import io.holdfast.recoveryplan.run.Part;
import io.holdfast.recoveryplan.run.RunError;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What an order recovers of a plan when it does not recover all; docs/recovery-runs.md has the rules. */
@ApplicationScoped
class OrderedParts {
    private final ProtectedGroups groups;

    @Inject
    OrderedParts(ProtectedGroups groups) {
        this.groups = groups;
    }

    /**
     * @param only may be null: everything
     * @throws HoldfastException {@code VM_NOT_IN_PLAN}, {@code PART_SPLITS_GROUP}, or {@code INVALID_REQUEST} with all violations
     */
    Optional<Part> read(RunRequest.Only only, PlanDefinition plan, Mode mode) {
        if (only == null) {
            return Optional.empty();
        }
        List<Violation> violations = new ArrayList<>();
        Part part = new Part(vms(only, violations), volumes(only, plan, violations));
        if (violations.isEmpty() && part.vms().isEmpty() && part.volumes().isEmpty()) {
            violations.add(new Violation("only", "must name a VM or a volume"));
        }
        if (!violations.isEmpty()) {
            throw Violation.refuse(violations);
        }
        Map<PgId, List<OrderedVm>> members = members(plan);
        requireKnown(part, members);
        if (mode.isFailover()) {
            requireWhole(part, members);
        }
        return Optional.of(part);
    }

    /** The plan at the same revision, with what the part recovers of it. */
    Plan narrowed(Plan plan, Part part) {
        Map<PgId, List<OrderedVm>> members = members(plan.definition());
        Set<PgId> kept = plan.definition().pgIds().stream()
                .filter(pg -> part.touches(pg, members.get(pg)))
                .collect(Collectors.toSet());
        return new Plan(
                plan.id(),
                plan.revision(),
                NarrowedPlan.of(plan.definition(), kept),
                plan.createdAt(),
                plan.changedAt(),
                plan.changedBy());
    }

    private Map<PgId, List<OrderedVm>> members(PlanDefinition plan) {
        Map<PgId, ProtectedGroup> known = groups.find(plan.pgIds());
        Map<PgId, List<OrderedVm>> members = new HashMap<>();
        plan.pgIds().forEach(pg -> members.put(pg, OrderedVms.members(known.get(pg))));
        return members;
    }

    private static void requireKnown(Part part, Map<PgId, List<OrderedVm>> members) {
        Set<VmId> unknown = new HashSet<>(part.vms());
        members.values().forEach(vms -> vms.forEach(vm -> unknown.remove(vm.id())));
        if (!unknown.isEmpty()) {
            throw new HoldfastException(
                    RunError.VM_NOT_IN_PLAN,
                    "no event has named %s as a member of a protection group of the plan".formatted(unknown));
        }
    }

    private static void requireWhole(Part part, Map<PgId, List<OrderedVm>> members) {
        members.forEach((pg, vms) -> {
            if (part.touches(pg, vms) && !part.hasAll(pg, vms)) {
                throw new HoldfastException(
                        RunError.PART_SPLITS_GROUP,
                        "protection group %s is taken, fenced and committed as a whole; name all its VMs (%s), or recover the part as TEST or CLONE"
                                .formatted(pg, vms.stream().map(OrderedVm::name).collect(Collectors.joining(", "))));
            }
        });
    }

    private static Set<VmId> vms(RunRequest.Only only, List<Violation> violations) {
        return ids("only.vms", only.vms(), VmId::parse, violations);
    }

    private static Map<PgId, Set<VolumeId>> volumes(
            RunRequest.Only only, PlanDefinition plan, List<Violation> violations) {
        Map<PgId, Set<VolumeId>> volumes = new HashMap<>();
        (only.volumes() == null ? Map.<String, List<String>>of() : only.volumes()).forEach((text, ids) -> {
            for (PgId pg : ids("only.volumes", List.of(text), PgId::parse, violations)) {
                Set<VolumeId> wanted = ids("only.volumes." + pg, ids, VolumeId::parse, violations);
                if (!plan.pgIds().contains(pg)) {
                    violations.add(new Violation("only.volumes." + pg, "the plan has no such protection group"));
                } else if (wanted.isEmpty()) {
                    violations.add(new Violation("only.volumes." + pg, "must name a volume"));
                } else {
                    volumes.put(pg, wanted);
                }
            }
        });
        return volumes;
    }

    private static <T> Set<T> ids(
            String field, List<String> texts, Function<String, T> parse, List<Violation> violations) {
        Set<T> ids = new HashSet<>();
        for (String text : texts == null ? List.<String>of() : texts) {
            try {
                ids.add(parse.apply(text));
            } catch (HoldfastException malformed) {
                violations.add(new Violation(field, malformed.getMessage()));
            }
        }
        return ids;
    }
}
