package io.holdfast.recoveryplan.preflight;

import io.holdfast.kernel.id.PgId;
import java.util.Optional;

/**
 * Something that a person should know before this plan is needed.
 *
 * @param group name of the recovery group; empty if it is about the whole plan
 */
public record Finding(Code code, Optional<String> group, Optional<PgId> pgId, String message) {

    public enum Severity {
        /** A run would fail now. */
        ERROR,
        /** A run would work, with a weakness. */
        WARNING
    }

    /** Stable codes of findings. */
    public enum Code {
        /** No event ever named this protection group, so it may not exist. */
        GROUP_UNKNOWN(Severity.ERROR),
        /** The group is not protected now; older checkpoints may still be there. */
        GROUP_NOT_PROTECTED(Severity.WARNING),
        JOURNAL_UNREACHABLE(Severity.ERROR),
        /** The journal-store has no journal of the group. */
        JOURNAL_MISSING(Severity.ERROR),
        NO_CHECKPOINT(Severity.ERROR),
        /** The plan starts machines, and no event has named the VMs of the group: a run is refused. */
        MACHINES_UNKNOWN(Severity.ERROR),
        /** The newest checkpoint does not say what a VM was; starting it would fail. */
        MACHINE_SPEC_UNKNOWN(Severity.WARNING),
        /** No host that the plan allows is connected and runs machines. */
        NO_MACHINE_HOST(Severity.ERROR),
        NEVER_TESTED(Severity.WARNING),
        TEST_OVERDUE(Severity.WARNING);

        private final Severity severity;

        Code(Severity severity) {
            this.severity = severity;
        }

        public Severity severity() {
            return severity;
        }
    }
}
