package io.holdfast.recoveryplan.plan;

import java.util.List;
import java.util.Optional;

/**
 * What happens around the recovery of a group besides the recovery itself, and how its steps are tried.
 *
 * @param before done one after the other, when everything before the group is done and it is approved
 * @param after done one after the other, when the group is ready; its dependents wait for them
 */
public record Procedure(Optional<Approval> approval, List<Hook> before, List<Hook> after, StepRules steps) {
    public static final Procedure NONE = new Procedure(Optional.empty());

    public Procedure {
        // What was stored by an earlier version lacks what came later.
        approval = approval == null ? Optional.empty() : approval;
        before = before == null ? List.of() : List.copyOf(before);
        after = after == null ? List.of() : List.copyOf(after);
        steps = steps == null ? StepRules.NONE : steps;
    }

    /** An approval and nothing else. */
    public Procedure(Optional<Approval> approval) {
        this(approval, List.of(), List.of(), StepRules.NONE);
    }
}
