package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.PgId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The steps by which checkpoints are chosen, opened as sessions, and let go again. */
public sealed interface SessionAction extends StepAction {

    /**
     * Turns the point into a checkpoint. Only reads, so there is nothing to undo.
     *
     * @param finalStepId the step that had the checkpoint cut which is the point; empty = {@code point} says it
     */
    record ChoosePoint(PgId pgId, RecoveryPoint point, Optional<String> finalStepId) implements SessionAction {
        public ChoosePoint {
            // A run that was stored before there were such steps has none.
            finalStepId = finalStepId == null ? Optional.empty() : finalStepId;
        }

        @Override
        public String kind() {
            return "CHOOSE_POINT";
        }

        @Override
        public Optional<PgId> pg() {
            return Optional.of(pgId);
        }
    }

    /** Opens a recovery session at the chosen checkpoint. Undone by the {@link CloseSession} that names it. */
    record Open(PgId pgId, String chooseStepId) implements SessionAction {
        @Override
        public String kind() {
            return "OPEN_SESSION";
        }

        @Override
        public Optional<PgId> pg() {
            return Optional.of(pgId);
        }
    }

    /** Reads the first and last block of every export. Only reads, so there is nothing to undo. */
    record WaitReady(Duration timeout, List<String> openStepIds) implements SessionAction {
        public WaitReady {
            openStepIds = List.copyOf(openStepIds);
        }

        @Override
        public String kind() {
            return "WAIT_READY";
        }
    }

    /** Marks the checkpoint with what the step {@code awaitStepId}, and the starts before it, have shown of it. A part of clean-up, before the session is closed: that holds the checkpoint. */
    record MarkCheckpoint(PgId pgId, String chooseStepId, String awaitStepId) implements SessionAction {
        @Override
        public String kind() {
            return "MARK_CHECKPOINT";
        }

        @Override
        public boolean endsTrial() {
            return true;
        }

        @Override
        public boolean undoes() {
            return true;
        }

        @Override
        public Optional<PgId> pg() {
            return Optional.of(pgId);
        }
    }

    /** Closes the session of {@code openStepId}, also when nobody knows whether that step opened one. */
    record CloseSession(PgId pgId, String openStepId) implements SessionAction {
        @Override
        public String kind() {
            return "CLOSE_SESSION";
        }

        @Override
        public boolean endsTrial() {
            return true;
        }

        @Override
        public boolean releases() {
            return true;
        }

        @Override
        public Optional<PgId> pg() {
            return Optional.of(pgId);
        }

        @Override
        public boolean undoes() {
            return true;
        }
    }
}
