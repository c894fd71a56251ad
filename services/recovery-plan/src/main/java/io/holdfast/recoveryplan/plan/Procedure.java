package io.holdfast.recoveryplan.plan;

import java.util.Optional;

/** What happens around the recovery of a group besides the recovery itself. */
public record Procedure(Optional<Approval> approval) {
    public static final Procedure NONE = new Procedure(Optional.empty());

    public Procedure {
        // What was stored by an earlier version has none.
        approval = approval == null ? Optional.empty() : approval;
    }
}
