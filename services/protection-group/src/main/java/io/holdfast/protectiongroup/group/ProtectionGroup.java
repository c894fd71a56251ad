package io.holdfast.protectiongroup.group;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.protectiongroup.dataplane.DataPlane;
import io.holdfast.protectiongroup.dataplane.SyncEvidence;
import io.holdfast.protectiongroup.lifecycle.Command;
import io.holdfast.protectiongroup.lifecycle.JournalFate;
import io.holdfast.protectiongroup.lifecycle.Lifecycle;
import io.holdfast.protectiongroup.lifecycle.LifecycleProgress;
import io.holdfast.protectiongroup.lifecycle.Removal;
import io.holdfast.protectiongroup.membership.Membership;
import io.holdfast.protectiongroup.objective.Objectives;
import io.holdfast.protectiongroup.ownership.Ownership.Holder;
import io.holdfast.protectiongroup.refusal.GroupError;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;

/**
 * VMs that are protected and recovered together. A value: every method answers with the group as it is afterwards and leaves
 * it to the caller to store it and to tell the data plane what differs.
 *
 * @param partition chosen at the start, then fixed for life; empty in a draft
 * @param historySince from when on history is owed; empty until the group was protected for the first time
 */
public record ProtectionGroup(
        PgId id,
        String name,
        Objectives objectives,
        Membership membership,
        Lifecycle lifecycle,
        OptionalInt partition,
        Optional<Instant> historySince,
        Instant createdAt,
        String createdBy) {

    public static final int MAX_NAME_LENGTH = 200;
    /** A batch of the change stream can name 256 volumes at most (changes.proto). */
    public static final int MAX_VMS = 256;

    public ProtectionGroup {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(objectives, "objectives");
        Objects.requireNonNull(membership, "membership");
        Objects.requireNonNull(lifecycle, "lifecycle");
        Objects.requireNonNull(partition, "partition");
        Objects.requireNonNull(historySince, "historySince");
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(createdBy, "createdBy");
    }

    public static ProtectionGroup draft(
            PgId id, String name, Objectives objectives, Membership membership, Instant now, String by) {
        return new ProtectionGroup(
                id,
                name,
                objectives,
                membership,
                new Lifecycle.Draft(),
                OptionalInt.empty(),
                Optional.empty(),
                now,
                by);
    }

    /** @throws HoldfastException {@code GROUP_STATE_FORBIDS}, as every command here when the state has no such transition */
    public ProtectionGroup start(int chosenPartition, boolean paused, Instant now) {
        if (lifecycle instanceof Lifecycle.Startable state) {
            return new ProtectionGroup(
                    id,
                    name,
                    objectives,
                    membership,
                    paused ? state.startPaused(now) : state.start(now),
                    OptionalInt.of(chosenPartition),
                    historySince,
                    createdAt,
                    createdBy);
        }
        throw forbidden(Command.START);
    }

    public ProtectionGroup pause(Instant now) {
        if (lifecycle instanceof Lifecycle.Pausable state) {
            return with(state.pause(now));
        }
        throw forbidden(Command.PAUSE);
    }

    public ProtectionGroup resume(DataPlane dataPlane, Instant now) {
        if (lifecycle instanceof Lifecycle.Paused state) {
            return with(state.resume(newestKnown(dataPlane), now));
        }
        throw forbidden(Command.RESUME);
    }

    /** Also takes DELETE for a group that was removed with its journal kept, or whose deletion failed. */
    public ProtectionGroup remove(JournalFate fate, Instant now) {
        return switch (lifecycle) {
            case Lifecycle.Removable state -> with(state.remove(fate, now));
            case Lifecycle.Removed removed -> {
                if (fate == JournalFate.DELETE && removed.removal() instanceof Removal.Deletable kept) {
                    yield with(removed.with(kept.delete(now)));
                }
                throw forbidden(Command.REMOVE);
            }
            case Lifecycle.FailingOver failing -> throw forbidden(Command.REMOVE);
        };
    }

    /**
     * A recovery run takes the VMs from their source. Repeating it for the same run changes nothing.
     */
    public ProtectionGroup failOver(Holder holder, Instant now) {
        if (lifecycle instanceof Lifecycle.FailingOver failing && failing.run().equals(holder.run())) {
            return this;
        }
        if (lifecycle instanceof Lifecycle.Recoverable state) {
            Lifecycle.FailingOver next =
                    state.failOver(holder.run(), now).orElseThrow(() -> forbidden(Command.FAIL_OVER));
            return with(next).with(membership.owned(vm -> vm.ownership().takenBy(holder, now)));
        }
        throw forbidden(Command.FAIL_OVER);
    }

    /** The run gives back what it has taken; a run that holds nothing of this group changes nothing. */
    public ProtectionGroup cancelFailover(RunId run, DataPlane dataPlane, Instant now) {
        return switch (lifecycle) {
            case Lifecycle.FailingOver failing
            when failing.run().equals(run) ->
                with(failing.cancel(newestKnown(dataPlane), now))
                        .with(membership.owned(vm -> vm.ownership().givenBack(now)));
            case Lifecycle.FailedOver failed when failed.run().equals(run) -> throw forbidden(Command.CANCEL_FAILOVER);
            default -> this;
        };
    }

    public ProtectionGroup commitFailover(RunId run, Instant now) {
        return switch (lifecycle) {
            case Lifecycle.FailingOver failing when failing.run().equals(run) -> with(failing.commit(now));
            case Lifecycle.FailedOver failed when failed.run().equals(run) -> this;
            default -> throw forbidden(Command.COMMIT_FAILOVER);
        };
    }

    /** After a failover: the source's disks are the truth again. */
    public ProtectionGroup giveHome(DataPlane dataPlane, Instant now) {
        if (lifecycle instanceof Lifecycle.FailedOver failed) {
            return with(failed.giveHome(newestKnown(dataPlane), now))
                    .with(membership.owned(vm -> vm.ownership().givenBack(now)));
        }
        throw forbidden(Command.RETURN);
    }

    private static Optional<CheckpointId> newestKnown(DataPlane dataPlane) {
        return dataPlane.journal().flatMap(word -> word.newest()).map(cut -> cut.checkpoint());
    }

    public void requireCheckpointable() {
        require(Command.CHECKPOINT);
    }

    public ProtectionGroup renamed(String next) {
        require(Command.EDIT);
        return new ProtectionGroup(
                id, next, objectives, membership, lifecycle, partition, historySince, createdAt, createdBy);
    }

    /** Longer history is owed only from now on: what was let go before cannot come back. */
    public ProtectionGroup with(Objectives next, Instant now) {
        require(Command.EDIT);
        Optional<Instant> owed = historySince.map(since -> {
            Instant kept = now.minus(objectives.history());
            return next.history().compareTo(objectives.history()) > 0 && kept.isAfter(since) ? kept : since;
        });
        return new ProtectionGroup(id, name, next, membership, lifecycle, partition, owed, createdAt, createdBy);
    }

    public ProtectionGroup excluding(Membership next) {
        require(Command.EDIT);
        return with(next);
    }

    /** The inventory described a member anew. Nothing happens to a removed group. */
    public ProtectionGroup with(Membership next) {
        return lifecycle instanceof Lifecycle.Removed
                ? this
                : new ProtectionGroup(
                        id, name, objectives, next, lifecycle, partition, historySince, createdAt, createdBy);
    }

    /** What the data plane's words do to the lifecycle. */
    public ProtectionGroup observing(DataPlane dataPlane, Instant now) {
        var newest = dataPlane.freshJournal(now).flatMap(word -> word.newest()).map(cut -> cut.checkpoint());
        Lifecycle next =
                switch (SyncEvidence.of(membership.includedByAgent(), dataPlane, now)) {
                    case SyncEvidence.AllInSync all -> LifecycleProgress.inSync(lifecycle, newest, now);
                    case SyncEvidence.OutOfSync not ->
                        LifecycleProgress.outOfSync(lifecycle, not.reason(), newest, now);
                    case SyncEvidence.Nothing nothing -> lifecycle;
                };
        return with(next);
    }

    public ProtectionGroup with(Removal next) {
        return lifecycle instanceof Lifecycle.Removed removed ? with(removed.with(next)) : this;
    }

    private ProtectionGroup with(Lifecycle next) {
        if (next.equals(lifecycle)) {
            return this;
        }
        Optional<Instant> since = next instanceof Lifecycle.Protected covered
                ? historySince.or(() -> Optional.of(covered.since()))
                : historySince;
        return new ProtectionGroup(id, name, objectives, membership, next, partition, since, createdAt, createdBy);
    }

    private void require(Command command) {
        if (!lifecycle.allowed().contains(command)) {
            throw forbidden(command);
        }
    }

    private HoldfastException forbidden(Command command) {
        var allowed =
                new TreeSet<>(lifecycle.allowed()).stream().map(Enum::name).toList();
        return new HoldfastException(
                GroupError.GROUP_STATE_FORBIDS,
                "Group '%s' is %s and does not take %s; it takes %s."
                        .formatted(
                                name,
                                lifecycle.code(),
                                command,
                                allowed.isEmpty() ? "no command any more" : String.join(", ", allowed)),
                Map.of("state", lifecycle.code(), "command", command.name(), "allowed", allowed));
    }
}
