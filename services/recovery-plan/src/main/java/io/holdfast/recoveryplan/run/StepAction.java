package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.PgId;
import java.time.Duration;
import java.util.List;

/**
 * What a step does, with all that it needs. Each is idempotent, so that a step whose outcome was lost in a crash is done
 * again; {@code docs/recovery-runs.md} has the table of effects and undos.
 */
public sealed interface StepAction {

    /** Name of the kind in reports and replies. */
    String kind();

    /** Whether the step undoes another one; such steps run only in clean-up. */
    default boolean undoes() {
        return false;
    }

    /** Turns the point into a checkpoint. Only reads, so there is nothing to undo. */
    record ChoosePoint(PgId pgId, RecoveryPoint point) implements StepAction {
        @Override
        public String kind() {
            return "CHOOSE_POINT";
        }
    }

    /** Opens a recovery session at the chosen checkpoint. Undone by the {@link CloseSession} that names it. */
    record Open(PgId pgId, String chooseStepId) implements StepAction {
        @Override
        public String kind() {
            return "OPEN_SESSION";
        }
    }

    /** Reads the first and last block of every export. Only reads, so there is nothing to undo. */
    record WaitReady(Duration timeout, List<String> openStepIds) implements StepAction {
        public WaitReady {
            openStepIds = List.copyOf(openStepIds);
        }

        @Override
        public String kind() {
            return "WAIT_READY";
        }
    }

    /** Lets time pass. No effect, so there is nothing to undo. */
    record BootDelay(Duration delay) implements StepAction {
        @Override
        public String kind() {
            return "BOOT_DELAY";
        }
    }

    /** Closes the session of {@code openStepId}, also when nobody knows whether that step opened one. */
    record CloseSession(PgId pgId, String openStepId) implements StepAction {
        @Override
        public String kind() {
            return "CLOSE_SESSION";
        }

        @Override
        public boolean undoes() {
            return true;
        }
    }
}
