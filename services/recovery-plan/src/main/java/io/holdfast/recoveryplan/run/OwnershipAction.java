package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import java.time.Duration;
import java.util.Optional;

/** The steps by which a failover makes the recovered side the only one that runs its VMs (docs/ownership.md). */
public sealed interface OwnershipAction extends StepAction {
    PgId pgId();

    @Override
    default Optional<PgId> pg() {
        return Optional.of(pgId());
    }

    /**
     * Has the agent of the VM's host shut it down. There is no undo: this service cannot start a VM of another site.
     *
     * @param grace for the guest
     */
    record ShutDownSource(VmId vmId, String name, PgId pgId, AgentId agent, Duration grace) implements OwnershipAction {
        @Override
        public String kind() {
            return "SHUT_DOWN_SOURCE";
        }
    }

    /**
     * Takes the ownership of the group's VMs. Undone by the {@link ReturnOwnership} that names it.
     *
     * @param required whether a group that is removed or unknown fails the step; else it is left alone
     */
    record TakeOwnership(PgId pgId, boolean required) implements OwnershipAction {
        @Override
        public String kind() {
            return "TAKE_OWNERSHIP";
        }
    }

    /** Waits until the source of every VM is known to write no more. Only reads, so there is nothing to undo. */
    record AwaitFence(PgId pgId, String takeStepId) implements OwnershipAction {
        @Override
        public String kind() {
            return "AWAIT_FENCE";
        }
    }

    /** Has a checkpoint cut behind the fence. A checkpoint more does no harm, so there is nothing to undo. */
    record FinalCheckpoint(PgId pgId, String takeStepId) implements OwnershipAction {
        @Override
        public String kind() {
            return "FINAL_CHECKPOINT";
        }
    }

    /** Gives the group back to its source, also when nobody knows whether {@code takeStepId} took it. */
    record ReturnOwnership(PgId pgId, String takeStepId, String stopStepId) implements OwnershipAction {
        @Override
        public String kind() {
            return "RETURN_OWNERSHIP";
        }

        @Override
        public boolean undoes() {
            return true;
        }
    }
}
