package io.holdfast.recoveryplan.plan;

import io.holdfast.kernel.id.VmId;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What happens around the recovery of a group besides the recovery itself, and how its steps are tried.
 *
 * @param before done one after the other, when everything before the group is done and it is approved
 * @param after done one after the other, when the group is ready; its dependents wait for them
 * @param machines at most one for each VM
 * @param dns record sets that lead to the group when it is ready, before {@code after}
 */
public record Procedure(
        Optional<Approval> approval,
        List<Hook> before,
        List<Hook> after,
        StepRules steps,
        List<MachineHooks> machines,
        List<DnsRecord> dns) {
    public static final Procedure NONE = new Procedure(Optional.empty());

    public Procedure {
        // What was stored by an earlier version lacks what came later.
        approval = approval == null ? Optional.empty() : approval;
        before = before == null ? List.of() : List.copyOf(before);
        after = after == null ? List.of() : List.copyOf(after);
        steps = steps == null ? StepRules.NONE : steps;
        machines = machines == null ? List.of() : List.copyOf(machines);
        dns = dns == null ? List.of() : List.copyOf(dns);
    }

    /** An approval and nothing else. */
    public Procedure(Optional<Approval> approval) {
        this(approval, List.of(), List.of(), StepRules.NONE);
    }

    /** No VM has hooks of its own. */
    public Procedure(Optional<Approval> approval, List<Hook> before, List<Hook> after, StepRules steps) {
        this(approval, before, after, steps, List.of());
    }

    /** No name leads to it. */
    public Procedure(
            Optional<Approval> approval,
            List<Hook> before,
            List<Hook> after,
            StepRules steps,
            List<MachineHooks> machines) {
        this(approval, before, after, steps, machines, List.of());
    }

    /** The same procedure with other record sets. */
    public Procedure with(List<DnsRecord> other) {
        return new Procedure(approval, before, after, steps, machines, other);
    }

    public MachineHooks of(VmId vm) {
        return machines.stream()
                .filter(hooks -> hooks.vmId().equals(vm))
                .findFirst()
                .orElseGet(() -> MachineHooks.none(vm));
    }

    /** Every hook, of the group and of its VMs. */
    public Stream<Hook> hooks() {
        return Stream.concat(
                Stream.concat(before.stream(), after.stream()),
                machines.stream().flatMap(hooks -> hooks.all().stream()));
    }
}
