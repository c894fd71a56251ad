package io.holdfast.protectiongroup.lifecycle;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.RunId;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Where a protection group stands in its life (architecture, section 5; decision table in docs/protection-lifecycle.md).
 *
 * <pre>
 *  DRAFT ──start paused──► PAUSED (never was protected)
 *  DRAFT ──start──► INITIAL_SYNC ──all in sync, first checkpoint──► PROTECTED
 *                     │     ▲                                         │    ▲
 *                   pause  resume (never was protected)   out of sync │    │ all in sync, a new checkpoint
 *                     ▼     │                                         ▼    │
 *                    PAUSED ──resume (was protected)────────────────► RESYNC
 *                       ▲───────────────pause─── PROTECTED, RESYNC
 *  PROTECTED, RESYNC, PAUSED (was protected) ──fail over──► FAILING_OVER ──commit──► FAILED_OVER ──return──► RESYNC
 *                                                               └──cancel──► RESYNC, PAUSED
 *  every state but FAILING_OVER ──remove──► REMOVED (what becomes of the journal: {@link Removal})
 * </pre>
 *
 * <p>A transition is a method of the states that have it, so a wrong one does not compile. Lifecycle is not health: a lost
 * agent or a late checkpoint is a condition and moves nothing here. A running recovery test is no state either, because
 * replication goes on under it with the same edges; it is shown as {@code TESTING} over the state (class
 * {@code ShownLifecycle}).
 */
public sealed interface Lifecycle {

    /** The name in the database, in events and in REST replies; never renamed. */
    String code();

    sealed interface Startable extends Lifecycle permits Draft {
        InitialSync start(Instant now);

        /** The data plane hears of the group and waits: its replicas can be seeded before the first sync. */
        Paused startPaused(Instant now);
    }

    sealed interface Pausable extends Lifecycle permits InitialSync, Protected, Resync {
        Paused pause(Instant now);
    }

    sealed interface Removable extends Lifecycle permits Draft, InitialSync, Protected, Resync, Paused, FailedOver {
        Removed remove(JournalFate fate, Instant now);
    }

    /** There is history to recover from. */
    sealed interface Recoverable extends Lifecycle permits Protected, Resync, Paused {
        /** Empty when the state has no history after all. */
        Optional<FailingOver> failOver(RunId run, Instant now);
    }

    /** Set up, and nothing is replicated: the data plane has not heard of the group. */
    record Draft() implements Startable, Removable {
        @Override
        public String code() {
            return "DRAFT";
        }

        @Override
        public InitialSync start(Instant now) {
            return new InitialSync(now);
        }

        @Override
        public Paused startPaused(Instant now) {
            return new Paused(now, false);
        }

        @Override
        public Removed remove(JournalFate fate, Instant now) {
            return new Removed(now, new Removal.NothingStored());
        }
    }

    /** The first copy is under way; nothing can be recovered yet. */
    record InitialSync(Instant since) implements Pausable, Removable {
        public InitialSync {
            Objects.requireNonNull(since, "since");
        }

        @Override
        public String code() {
            return "INITIAL_SYNC";
        }

        public Protected protect(Instant now) {
            return new Protected(now);
        }

        @Override
        public Paused pause(Instant now) {
            return new Paused(now, false);
        }

        @Override
        public Removed remove(JournalFate fate, Instant now) {
            return Removed.of(fate, now);
        }
    }

    /** Every volume is in sync and checkpoints are being listed. */
    record Protected(Instant since) implements Pausable, Removable, Recoverable {
        public Protected {
            Objects.requireNonNull(since, "since");
        }

        @Override
        public String code() {
            return "PROTECTED";
        }

        public Resync resync(ResyncReason reason, Optional<CheckpointId> newest, Instant now) {
            return new Resync(now, reason, newest);
        }

        @Override
        public Paused pause(Instant now) {
            return new Paused(now, true);
        }

        @Override
        public Optional<FailingOver> failOver(RunId run, Instant now) {
            return Optional.of(new FailingOver(now, run, true));
        }

        @Override
        public Removed remove(JournalFate fate, Instant now) {
            return Removed.of(fate, now);
        }
    }

    /**
     * Was protected, and a volume is being brought into sync again. Older checkpoints stay recoverable, new ones do not exist.
     *
     * @param lastBefore newest checkpoint when the resync began; only another one shows that the group is protected again
     */
    record Resync(Instant since, ResyncReason reason, Optional<CheckpointId> lastBefore)
            implements Pausable, Removable, Recoverable {
        public Resync {
            Objects.requireNonNull(since, "since");
            Objects.requireNonNull(reason, "reason");
            Objects.requireNonNull(lastBefore, "lastBefore");
        }

        @Override
        public String code() {
            return "RESYNC";
        }

        public Protected protect(Instant now) {
            return new Protected(now);
        }

        @Override
        public Paused pause(Instant now) {
            return new Paused(now, true);
        }

        @Override
        public Optional<FailingOver> failOver(RunId run, Instant now) {
            return Optional.of(new FailingOver(now, run, true));
        }

        @Override
        public Removed remove(JournalFate fate, Instant now) {
            return Removed.of(fate, now);
        }
    }

    /**
     * A person stopped replication; agents note what changes. The RPO clock runs on.
     *
     * @param wasProtected whether there is history to go on from
     */
    record Paused(Instant since, boolean wasProtected) implements Removable, Recoverable {
        public Paused {
            Objects.requireNonNull(since, "since");
        }

        @Override
        public String code() {
            return "PAUSED";
        }

        /** To RESYNC with history, else to INITIAL_SYNC: what changed meanwhile has to be sent either way. */
        public Lifecycle resume(Optional<CheckpointId> newest, Instant now) {
            return wasProtected ? new Resync(now, ResyncReason.RESUMED, newest) : new InitialSync(now);
        }

        @Override
        public Optional<FailingOver> failOver(RunId run, Instant now) {
            return wasProtected ? Optional.of(new FailingOver(now, run, false)) : Optional.empty();
        }

        @Override
        public Removed remove(JournalFate fate, Instant now) {
            return Removed.of(fate, now);
        }
    }

    /**
     * A recovery run has taken the VMs; until it commits it can give them back. Replication goes on as before, so a source that is alive ships what it still
     * has, and neither its silence nor its words move anything here.
     *
     * @param replicating false when replication was paused before; a cancel returns to that
     */
    record FailingOver(Instant since, RunId run, boolean replicating) implements Lifecycle {
        public FailingOver {
            Objects.requireNonNull(since, "since");
            Objects.requireNonNull(run, "run");
        }

        @Override
        public String code() {
            return "FAILING_OVER";
        }

        public FailedOver commit(Instant now) {
            return new FailedOver(now, run);
        }

        public Lifecycle cancel(Optional<CheckpointId> newest, Instant now) {
            return replicating ? new Resync(now, ResyncReason.FAILOVER_CANCELLED, newest) : new Paused(now, true);
        }
    }

    /** The VMs run where they were recovered, for good; nothing is replicated from their source. */
    record FailedOver(Instant since, RunId run) implements Removable {
        public FailedOver {
            Objects.requireNonNull(since, "since");
            Objects.requireNonNull(run, "run");
        }

        @Override
        public String code() {
            return "FAILED_OVER";
        }

        /** The source's disks are the truth again; all of them are compared. */
        public Resync giveHome(Optional<CheckpointId> newest, Instant now) {
            return new Resync(now, ResyncReason.RETURNED, newest);
        }

        @Override
        public Removed remove(JournalFate fate, Instant now) {
            return Removed.of(fate, now);
        }
    }

    /** Protection has ended for good; the VMs are free for another group. */
    record Removed(Instant since, Removal removal) implements Lifecycle {
        public Removed {
            Objects.requireNonNull(since, "since");
            Objects.requireNonNull(removal, "removal");
        }

        static Removed of(JournalFate fate, Instant now) {
            return new Removed(
                    now,
                    switch (fate) {
                        case KEEP -> new Removal.JournalKept();
                        case DELETE -> new Removal.AwaitingJournal(now);
                    });
        }

        @Override
        public String code() {
            return "REMOVED";
        }

        public Removed with(Removal next) {
            return new Removed(since, next);
        }
    }

    /** Commands that this state takes now. */
    default Set<Command> allowed() {
        Set<Command> allowed = EnumSet.noneOf(Command.class);
        if (this instanceof Startable) {
            allowed.add(Command.START);
        }
        if (this instanceof Pausable) {
            allowed.add(Command.PAUSE);
        }
        if (this instanceof Paused) {
            allowed.add(Command.RESUME);
        }
        if (this instanceof Protected || this instanceof FailingOver) {
            allowed.add(Command.CHECKPOINT);
        }
        if (this instanceof Recoverable && !(this instanceof Paused paused && !paused.wasProtected())) {
            allowed.add(Command.FAIL_OVER);
        }
        if (this instanceof FailingOver) {
            allowed.add(Command.CANCEL_FAILOVER);
            allowed.add(Command.COMMIT_FAILOVER);
        }
        if (this instanceof FailedOver) {
            allowed.add(Command.RETURN);
        }
        if (this instanceof Removable) {
            allowed.add(Command.EDIT);
            allowed.add(Command.REMOVE);
        }
        if (this instanceof Removed removed && removed.removal() instanceof Removal.Deletable) {
            allowed.add(Command.REMOVE);
        }
        return allowed;
    }
}
