package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SessionId;
import io.holdfast.recoveryplan.dns.DnsMessages;
import io.holdfast.recoveryplan.dns.DnsZones;
import io.holdfast.recoveryplan.ownership.Fences;
import io.holdfast.recoveryplan.run.CheckpointMark;
import io.holdfast.recoveryplan.run.ChosenCheckpoint;
import io.holdfast.recoveryplan.run.CommitAction;
import io.holdfast.recoveryplan.run.DnsAction;
import io.holdfast.recoveryplan.run.HookAction;
import io.holdfast.recoveryplan.run.MachineAction;
import io.holdfast.recoveryplan.run.NewestKnown;
import io.holdfast.recoveryplan.run.OpenSession;
import io.holdfast.recoveryplan.run.Ownership;
import io.holdfast.recoveryplan.run.OwnershipAction;
import io.holdfast.recoveryplan.run.Part;
import io.holdfast.recoveryplan.run.PauseAction;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.SessionAction;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepResult;
import java.time.Clock;
import java.util.Optional;

/**
 * Carries out the effect of a step. Each effect is idempotent: doing it again, also after a crash in the middle of it or beside an executor
 * that lost its lease, leaves the same behind.
 */
public final class StepWork implements StepPerformer {
    private final RecoveryJournals journals;
    private final ExportProbe probe;
    private final MachineWork machines;
    private final OwnershipWork ownership;
    private final CommitWork commits;
    private final HookWork hooks;
    private final DnsWork names;

    /** Where effects take place. */
    public record Parts(
            RecoveryJournals journals,
            ExportProbe probe,
            MachineHosts hosts,
            MachineOrders orders,
            Replication replication,
            Ownerships ownerships,
            SourceOrders sources,
            Fences fences,
            HookRunner hooks,
            GuestOrders guests,
            Names names,
            Clock clock) {}

    /** Where names are changed. */
    public record Names(DnsZones zones, DnsMessages messages) {}

    public StepWork(Parts parts) {
        this.journals = parts.journals();
        this.probe = parts.probe();
        this.machines = new MachineWork(parts.journals(), parts.hosts(), parts.orders());
        this.ownership = new OwnershipWork(parts.ownerships(), parts.sources(), parts.fences(), parts.clock());
        this.hooks = new HookWork(parts.hooks(), parts.guests());
        this.names = new DnsWork(parts.names(), parts.clock());
        this.commits = new CommitWork(parts.journals(), parts.replication(), ownership);
    }

    @Override
    public StepResult perform(Run run, Step step) {
        return switch (step.action()) {
            case OwnershipAction action -> ownership.perform(run, step, action);
            case SessionAction.ChoosePoint choose -> choose(run, choose);
            case SessionAction.Open open ->
                new StepResult.SessionOpened(asked(run, open.pgId(), open(run, open, step.id())));
            case SessionAction.WaitReady wait -> probe(run, wait);
            case SessionAction.CloseSession close -> close(run, close);
            case SessionAction.MarkCheckpoint mark -> mark(run, mark);
            case HookAction hook -> hooks.perform(run, step, hook);
            case DnsAction dns -> names.perform(run, step, dns);
            case PauseAction pause -> throw new IllegalStateException(pause.kind() + " has no effect to carry out");
            case MachineAction.PlaceMachines place -> machines.place(run, step, place);
            case MachineAction.StartMachine start -> machines.start(run, step, start);
            case MachineAction.AwaitMachines await -> machines.await(run, await);
            case MachineAction.StopMachine stop -> machines.stop(run, step, stop);
            case CommitAction.StopReplication stop -> commits.stopReplication(run, step, stop);
            case CommitAction.CommitSession commit -> commits.commit(run, step, commit);
            case CommitAction.ResumeReplication resume -> commits.resume(run, step, resume);
        };
    }

    /** What is newest is read after the choice, so that a checkpoint that is cut in between counts as lost and not as recovered. */
    private StepResult choose(Run run, SessionAction.ChoosePoint choose) {
        ChosenCheckpoint chosen = journals.choose(choose.pgId(), Ownership.point(run, choose));
        return new StepResult.PointChosen(chosen, newestKnown(choose.pgId()));
    }

    /** What is lost is for people to know; recovery does not fail for want of it. */
    private Optional<NewestKnown> newestKnown(PgId pgId) {
        try {
            return journals.newestKnown(pgId);
        } catch (HoldfastException unknown) {
            return Optional.empty();
        }
    }

    /** The key of an opening step in the present trial; the closing step uses it again to learn what the opening step did. */
    static String idempotencyKey(Run run, String openStepId) {
        return keyOfAllTrials(run, openStepId) + run.trials().suffix();
    }

    /** The key of a step whose effect outlives a trial. */
    static String keyOfAllTrials(Run run, String stepId) {
        return "run-" + run.id() + "-" + stepId;
    }

    /** A failover takes a protection group as a whole, and its commit is of all of it. */
    private OpenSession open(Run run, SessionAction.Open open, String stepId) {
        Optional<Part.Served> only = run.order()
                .part()
                .filter(_ -> !run.order().mode().isFailover())
                .map(part -> part.of(open.pgId(), run.order().vmsOf(open.pgId())));
        return journals.open(open.pgId(), checkpoint(run, open), only, idempotencyKey(run, stepId));
    }

    private static OpenSession asked(Run run, PgId pg, OpenSession session) {
        return run.order()
                .part()
                .map(part -> part.narrowed(pg, session, run.order().vmsOf(pg)))
                .orElse(session);
    }

    private static CheckpointId checkpoint(Run run, SessionAction.Open open) {
        return run.checkpoint(open.chooseStepId())
                .map(ChosenCheckpoint::id)
                .orElseThrow(() -> new IllegalStateException("a session step began before its point was chosen"));
    }

    private StepResult probe(Run run, SessionAction.WaitReady wait) {
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

    private StepResult mark(Run run, SessionAction.MarkCheckpoint action) {
        CheckpointMark mark = CheckpointMark.of(run, action)
                .orElseThrow(() -> new IllegalStateException("a checkpoint is marked of which nothing was learned"));
        CheckpointId checkpoint = run.checkpoint(action.chooseStepId())
                .map(ChosenCheckpoint::id)
                .orElseThrow(() -> new IllegalStateException("machines were awaited before the point was chosen"));
        return new StepResult.CheckpointMarked(mark, journals.mark(action.pgId(), checkpoint, mark));
    }

    private StepResult close(Run run, SessionAction.CloseSession close) {
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
    private Optional<SessionId> findOut(Run run, SessionAction.CloseSession close) {
        Step opening = run.step(close.openStepId());
        if (!(opening.action() instanceof SessionAction.Open open)) {
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
