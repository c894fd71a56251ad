package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.SessionId;
import io.holdfast.recoveryplan.run.ChosenCheckpoint;
import io.holdfast.recoveryplan.run.OpenSession;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepAction;
import io.holdfast.recoveryplan.run.StepResult;
import java.util.Optional;

/**
 * Carries out the effect of a step. Each effect is idempotent: doing it again, also after a crash in the middle of it or beside an executor
 * that lost its lease, leaves the same behind.
 */
public final class StepWork implements StepPerformer {
    private final RecoveryJournals journals;
    private final ExportProbe probe;

    public StepWork(RecoveryJournals journals, ExportProbe probe) {
        this.journals = journals;
        this.probe = probe;
    }

    @Override
    public StepResult perform(Run run, Step step) {
        return switch (step.action()) {
            case StepAction.ChoosePoint choose ->
                new StepResult.PointChosen(journals.choose(choose.pgId(), choose.point()));
            case StepAction.Open open -> new StepResult.SessionOpened(open(run, open, step.id()));
            case StepAction.WaitReady wait -> probe(run, wait);
            case StepAction.CloseSession close -> close(run, close);
            case StepAction.BootDelay _ -> new StepResult.DelayElapsed();
        };
    }

    /** The key of an opening step; the closing step uses it again to learn what the opening step did. */
    static String idempotencyKey(Run run, String openStepId) {
        return "run-" + run.id() + "-" + openStepId;
    }

    private OpenSession open(Run run, StepAction.Open open, String stepId) {
        return journals.open(open.pgId(), checkpoint(run, open), idempotencyKey(run, stepId));
    }

    private static CheckpointId checkpoint(Run run, StepAction.Open open) {
        return run.checkpoint(open.chooseStepId())
                .map(ChosenCheckpoint::id)
                .orElseThrow(() -> new IllegalStateException("a session step began before its point was chosen"));
    }

    private StepResult probe(Run run, StepAction.WaitReady wait) {
        int count = 0;
        for (String openStepId : wait.openStepIds()) {
            OpenSession session = run.session(openStepId)
                    .orElseThrow(() -> new IllegalStateException("readiness is probed before a session is open"));
            for (OpenSession.Export export : session.exports()) {
                probe.check(export);
                count++;
            }
        }
        return new StepResult.ProbePassed(count);
    }

    private StepResult close(Run run, StepAction.CloseSession close) {
        Optional<SessionId> session =
                run.session(close.openStepId()).map(OpenSession::id).or(() -> findOut(run, close));
        session.ifPresent(id -> journals.close(close.pgId(), id));
        return new StepResult.SessionClosed(session.isPresent());
    }

    /**
     * The session of an opening step whose outcome is unknown. The opening request is sent again under its own key: the journal-store
     * answers with the session that the first one opened, or opens it now, or refuses as it did before. A request of the first attempt that is still on
     * its way comes to the same session, which is closed by then.
     */
    private Optional<SessionId> findOut(Run run, StepAction.CloseSession close) {
        Step opening = run.step(close.openStepId());
        if (!(opening.action() instanceof StepAction.Open open)) {
            throw new IllegalStateException("step %s does not open a session".formatted(opening.id()));
        }
        try {
            return Optional.of(open(run, open, opening.id()).id());
        } catch (HoldfastException refused) {
            return switch (refused.code().blame()) {
                case INVALID_REQUEST, NOT_FOUND, CONFLICT, EXHAUSTED -> Optional.empty();
                case UNAUTHENTICATED, FORBIDDEN, UNAVAILABLE, INTERNAL -> throw refused;
            };
        }
    }
}
