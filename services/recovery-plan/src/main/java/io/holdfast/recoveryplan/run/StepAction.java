package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.PgId;
import java.util.Optional;

/**
 * What a step does, with all that it needs. Each is idempotent, so that a step whose outcome was lost in a crash is done
 * again; {@code docs/recovery-runs.md} has the table of effects and undos.
 */
public sealed interface StepAction
        permits SessionAction, MachineAction, OwnershipAction, CommitAction, PauseAction, HookAction, DnsAction {

    /** Name of the kind in reports and replies. */
    String kind();

    /** Whether the step undoes another one; such steps run only in clean-up. */
    default boolean undoes() {
        return false;
    }

    /** Whether the step makes recovery final; such steps run only when the run is committing. */
    default boolean commits() {
        return false;
    }

    /** Whether the step is done, anew, when a committed run is released. */
    default boolean releases() {
        return false;
    }

    /** Whether the step is a part of leaving what was recovered for another point. */
    default boolean endsTrial() {
        return false;
    }

    /** Whether the step leads to recovery. */
    default boolean recovers() {
        return !undoes() && !commits();
    }

    /** The protection group that it is about; empty if it is about a whole recovery group. */
    default Optional<PgId> pg() {
        return Optional.empty();
    }
}
