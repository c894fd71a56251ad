package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.PlanId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.plan.Hook;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * What was ordered, by whom and when. Never changes.
 *
 * @param plan the plan as it was at {@code planRevision}, as far as the order recovers it, and with the networks that the order names; later edits of the plan do not touch the run
 * @param points one for each protection group of the plan
 * @param orderedBy name of the identity that gave the order
 * @param expiresAt a TEST that is still there at this instant is cleaned up; empty = the run does not expire
 * @param vms of each protection group whose recovery group powers on; without entries for the others
 * @param failover empty for a TEST
 * @param part what is recovered of the plan's protection groups; empty = all. {@code plan} and {@code vms} are narrowed to it already
 */
public record RunOrder(
        RunId id,
        PlanId planId,
        long planRevision,
        PlanDefinition plan,
        Mode mode,
        Map<PgId, RecoveryPoint> points,
        String orderedBy,
        Instant orderedAt,
        Optional<Instant> expiresAt,
        Map<PgId, List<OrderedVm>> vms,
        Optional<FailoverRules> failover,
        Optional<Part> part) {
    public RunOrder {
        points = Map.copyOf(points);
        // A run that was stored before machines were known has none.
        vms = vms == null ? Map.of() : Map.copyOf(vms);
        failover = failover == null ? Optional.empty() : failover;
        part = part == null ? Optional.empty() : part;
    }

    /** A TEST of disks only. */
    public RunOrder(
            RunId id,
            PlanId planId,
            long planRevision,
            PlanDefinition plan,
            Mode mode,
            Map<PgId, RecoveryPoint> points,
            String orderedBy,
            Instant orderedAt,
            Instant expiresAt) {
        this(
                id,
                planId,
                planRevision,
                plan,
                mode,
                points,
                orderedBy,
                orderedAt,
                Optional.of(expiresAt),
                Map.of(),
                Optional.empty(),
                Optional.empty());
    }

    /** The VMs of a protection group that the run recovers, as far as they were known. */
    public List<OrderedVm> vmsOf(PgId pg) {
        return vms.getOrDefault(pg, List.of());
    }

    public boolean expired(Instant now) {
        return expiresAt.filter(expiry -> !now.isBefore(expiry)).isPresent();
    }

    /** A rehearsal, and a copy, does only what is meant for one. */
    boolean does(Hook hook) {
        return mode.isFailover() || hook.inTest();
    }

    public boolean stopsOnFailure() {
        return failover.map(FailoverRules::onFailure)
                .filter(FailoverRules.OnFailure.STOP::equals)
                .isPresent();
    }

    /** @throws NoSuchElementException if the plan has no such group, which is a defect */
    public RecoveryGroup group(String name) {
        return plan.groups().stream()
                .filter(group -> group.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("the plan of run " + id + " has no group " + name));
    }
}
