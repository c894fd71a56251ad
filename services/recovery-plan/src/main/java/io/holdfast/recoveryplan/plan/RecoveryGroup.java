package io.holdfast.recoveryplan.plan;

import io.holdfast.kernel.id.PgId;
import java.time.Duration;
import java.util.List;

/**
 * Protection groups that are recovered at the same point of the order.
 *
 * @param name unique in its plan
 * @param pgIds at least one; a protection group is in one recovery group of a plan only
 * @param dependsOn names of the groups of the same plan that must be ready, and whose boot delay must be over, before
 *     this one begins
 * @param bootDelay waited after readiness and before the dependent groups begin; 0 to 1 h
 * @param machines whether and how its VMs are started; a plan that was stored before machines were known has none
 */
public record RecoveryGroup(
        String name,
        List<PgId> pgIds,
        List<String> dependsOn,
        Duration bootDelay,
        Readiness readiness,
        MachineRules machines,
        Procedure procedure) {
    public RecoveryGroup {
        pgIds = List.copyOf(pgIds);
        dependsOn = List.copyOf(dependsOn);
        machines = machines == null ? MachineRules.OFF : machines;
        procedure = procedure == null ? Procedure.NONE : procedure;
    }

    /** A group around whose recovery nothing else happens. */
    public RecoveryGroup(
            String name,
            List<PgId> pgIds,
            List<String> dependsOn,
            Duration bootDelay,
            Readiness readiness,
            MachineRules machines) {
        this(name, pgIds, dependsOn, bootDelay, readiness, machines, Procedure.NONE);
    }

    /** The same group with another procedure. */
    public RecoveryGroup with(Procedure other) {
        return new RecoveryGroup(name, pgIds, dependsOn, bootDelay, readiness, machines, other);
    }

    /** A group of disks only. */
    public RecoveryGroup(
            String name, List<PgId> pgIds, List<String> dependsOn, Duration bootDelay, Readiness readiness) {
        this(name, pgIds, dependsOn, bootDelay, readiness, MachineRules.OFF);
    }
}
