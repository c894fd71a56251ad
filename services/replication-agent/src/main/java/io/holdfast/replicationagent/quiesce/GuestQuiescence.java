package io.holdfast.replicationagent.quiesce;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.replicationagent.quiesce.FreezeFailure.Code;
import io.holdfast.replicationagent.quiesce.QuiesceEvent.SessionLost;
import io.holdfast.replicationagent.quiesce.QuiesceEvent.ThawOrdered;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Freezes and thaws the guests of groups on this host (docs/app-consistent.md). One order per group, and per guest, at a time.
 *
 * <p>Threads: any. No call waits for a guest.
 */
public final class GuestQuiescence implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(GuestQuiescence.class.getName());
    private static final Duration CLOSE = Duration.ofSeconds(3);

    private final GuestAgents agents;
    private final Function<PgId, Optional<List<Guest>>> groups;
    private final QuiesceMeter meter;
    private final MayBeFrozen notes;
    private final Thaw thaw;
    private final Map<PgId, GroupFreeze> running = new HashMap<>();
    private final Set<VmId> busy = new HashSet<>();
    private volatile boolean stopping;

    /**
     * Thaws at once what an earlier process may have left frozen.
     *
     * @param groups the guests of a group on this host; empty = nothing of the group is here
     */
    public GuestQuiescence(
            GuestAgents agents, FrozenNotes notes, Function<PgId, Optional<List<Guest>>> groups, QuiesceMeter meter) {
        this.agents = agents;
        this.groups = groups;
        this.meter = meter;
        this.notes = new MayBeFrozen(notes);
        this.thaw = new Thaw(agents, () -> stopping);
        this.notes.now().forEach(this::recover);
    }

    private void recover(VmId vm, Path socket) {
        busy.add(vm);
        Thread.ofVirtual().name("holdfast-thaw-" + vm).start(() -> {
            Thaw.Outcome outcome = thaw.over(socket);
            LOG.log(
                    System.Logger.Level.WARNING,
                    "A guest may have been left frozen by an earlier run of this agent; vm=" + vm + " outcome="
                            + outcome);
            if (outcome != Thaw.Outcome.UNCONFIRMED) {
                notes.remove(vm);
                release(Set.of(vm));
            }
        });
    }

    /** How many guests may be frozen now. */
    public int mayBeFrozen() {
        return notes.now().size();
    }

    /** No guest has an order, hooks "after" included. */
    public synchronized boolean isIdle() {
        return busy.isEmpty();
    }

    /** Begins to freeze the group's guests; {@code answers} hears what becomes of it. */
    public void freeze(FreezeOrder order, FreezeAnswers answers) {
        Optional<List<Guest>> guests = groups.apply(order.pg());
        if (guests.isEmpty() || guests.get().isEmpty()) {
            refuse(order, answers, Code.NOT_ASSIGNED, "nothing of the group is replicated from this host");
            return;
        }
        Set<VmId> ids = new HashSet<>();
        guests.get().forEach(guest -> ids.add(guest.id()));
        GroupFreeze freeze = new GroupFreeze(
                order,
                answers,
                guests.get().stream()
                        .map(guest -> new GuestStand(guest, agents))
                        .toList(),
                notes,
                thaw,
                meter);
        if (!reserve(freeze, ids)) {
            refuse(order, answers, Code.FREEZE_OUTSTANDING, "an earlier freeze of the group's guests is not over");
            return;
        }
        Thread.ofVirtual().name("holdfast-quiesce-" + order.pg()).start(() -> carryOut(freeze, ids));
    }

    private synchronized boolean reserve(GroupFreeze freeze, Set<VmId> ids) {
        if (stopping || running.containsKey(freeze.order().pg()) || ids.stream().anyMatch(busy::contains)) {
            return false;
        }
        running.put(freeze.order().pg(), freeze);
        busy.addAll(ids);
        return true;
    }

    private void refuse(FreezeOrder order, FreezeAnswers answers, Code code, String message) {
        meter.failed(code);
        answers.refused(order, new FreezeFailure(code, message));
    }

    private void carryOut(GroupFreeze freeze, Set<VmId> ids) {
        try {
            freeze.run();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } catch (HoldfastException | IllegalStateException defect) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "A freeze ended with a defect; group=" + freeze.order().pg(),
                    defect);
        } finally {
            synchronized (this) {
                running.remove(freeze.order().pg(), freeze);
            }
            release(ids);
        }
    }

    private synchronized void release(Set<VmId> ids) {
        busy.removeAll(ids);
        notifyAll();
    }

    /** The router's order to thaw; without effect when there is no such freeze. */
    public void thaw(PgId pg, CheckpointId checkpoint) {
        GroupFreeze freeze;
        synchronized (this) {
            freeze = running.get(pg);
        }
        if (freeze != null && freeze.order().checkpoint().equals(checkpoint)) {
            freeze.signal(new ThawOrdered());
        }
    }

    /** Whoever gave orders through {@code answers} is gone: everything is thawed at once. */
    public void sessionLost(FreezeAnswers answers) {
        List<GroupFreeze> orphans;
        synchronized (this) {
            orphans = running.values().stream()
                    .filter(freeze -> freeze.answers() == answers)
                    .toList();
        }
        orphans.forEach(freeze -> freeze.signal(new SessionLost()));
    }

    /** Thaws everything, for three seconds at most; what has not confirmed by then stays noted for the next start. */
    @Override
    public void close() {
        List<GroupFreeze> all;
        synchronized (this) {
            stopping = true;
            all = List.copyOf(running.values());
        }
        all.forEach(freeze -> freeze.signal(new SessionLost()));
        Deadline end = Deadline.in(CLOSE);
        synchronized (this) {
            try {
                while (!running.isEmpty() && !end.isOver()) {
                    wait(Math.max(1, end.remainingNanos() / 1_000_000));
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
