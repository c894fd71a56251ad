package io.holdfast.replicationagent.quiesce;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import io.holdfast.replicationagent.quiesce.FreezeFailure.Code;
import io.holdfast.replicationagent.quiesce.QuiesceEvent.AllFrozen;
import io.holdfast.replicationagent.quiesce.QuiesceEvent.AllPrepared;
import io.holdfast.replicationagent.quiesce.QuiesceEvent.AllThawed;
import io.holdfast.replicationagent.quiesce.QuiesceEvent.GuestFailed;
import io.holdfast.replicationagent.quiesce.QuiesceEvent.LimitReached;
import io.holdfast.replicationagent.quiesce.QuiesceState.Freezing;
import io.holdfast.replicationagent.quiesce.QuiesceState.Frozen;
import io.holdfast.replicationagent.quiesce.QuiesceState.Preparing;
import io.holdfast.replicationagent.quiesce.QuiesceState.Refused;
import io.holdfast.replicationagent.quiesce.QuiesceState.Thawed;
import io.holdfast.replicationagent.quiesce.QuiesceState.Thawing;
import io.holdfast.replicationagent.quiesce.QuiesceState.Undoing;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Carries out one order. The thread that runs it owns the state; guests work in threads of their own and report by events.
 *
 * <p>Threads: {@link #run} by one, {@link #signal} by any.
 */
final class GroupFreeze {
    private static final System.Logger LOG = System.getLogger(GroupFreeze.class.getName());
    /** Room for orders that a router repeats; what is over it is a repetition. */
    private static final int SIGNALS = 16;

    private final FreezeOrder order;
    private final FreezeAnswers answers;
    private final List<GuestStand> guests;
    private final MayBeFrozen notes;
    private final Thaw thaw;
    private final QuiesceMeter meter;
    private final Deadline limit;
    private final BlockingQueue<QuiesceEvent> mailbox;
    private QuiesceState state = new Preparing();
    private long firstFreezeNanos;

    GroupFreeze(
            FreezeOrder order,
            FreezeAnswers answers,
            List<GuestStand> guests,
            MayBeFrozen notes,
            Thaw thaw,
            QuiesceMeter meter) {
        this.order = order;
        this.answers = answers;
        this.guests = List.copyOf(guests);
        this.notes = notes;
        this.thaw = thaw;
        this.meter = meter;
        this.limit = Deadline.in(order.limit());
        // Each guest reports at most once for each of three steps.
        this.mailbox = new ArrayBlockingQueue<>(3 * guests.size() + SIGNALS);
    }

    FreezeOrder order() {
        return order;
    }

    FreezeAnswers answers() {
        return answers;
    }

    void signal(QuiesceEvent event) {
        mailbox.offer(event);
    }

    /** Returns when the order is over, hooks "after" included. */
    void run() throws InterruptedException {
        each(guest -> guest.prepare(limit), new AllPrepared());
        while (!(state instanceof Refused || state instanceof Thawed)) {
            QuiesceState next = state.on(nextEvent());
            if (!next.equals(state)) {
                state = next;
                entered();
            }
        }
        finish();
    }

    private QuiesceEvent nextEvent() throws InterruptedException {
        // While thawing there is no limit any more: nothing may stay frozen.
        if (state instanceof Undoing || state instanceof Thawing) {
            return mailbox.take();
        }
        QuiesceEvent event = mailbox.poll(Math.max(0, limit.remainingNanos()), TimeUnit.NANOSECONDS);
        return event == null || limit.isOver() ? new LimitReached() : event;
    }

    private void entered() {
        switch (state) {
            case Preparing _ -> throw new IllegalStateException("an order begins once");
            case Freezing _ -> freeze();
            case Frozen _ -> answers.frozen(order);
            case Undoing _, Thawing _ -> thaw();
            case Refused(Optional<FreezeFailure> failure) -> failure.ifPresent(this::refuse);
            case Thawed(boolean expired) -> thawed(expired);
        }
    }

    private void freeze() {
        Map<VmId, Path> sockets = new HashMap<>();
        guests.forEach(guest ->
                sockets.put(guest.guest().id(), guest.guest().agentSocket().orElseThrow()));
        try {
            notes.add(sockets);
        } catch (HoldfastException unusable) {
            // Never frozen without a note: nobody would thaw it after a crash.
            signal(new GuestFailed(new FreezeFailure(Code.FREEZE_FAILED, unusable.getMessage())));
            return;
        }
        firstFreezeNanos = System.nanoTime();
        each(guest -> guest.freeze(limit), new AllFrozen());
    }

    /** One thread per guest; {@code done} when all went well, else each failure. */
    private void each(Function<GuestStand, Optional<FreezeFailure>> step, QuiesceEvent done) {
        AtomicInteger left = new AtomicInteger(guests.size());
        for (GuestStand guest : guests) {
            Thread.ofVirtual().name("holdfast-quiesce-" + guest.guest().id()).start(() -> {
                Optional<FreezeFailure> failure = step.apply(guest);
                if (failure.isPresent()) {
                    signal(new GuestFailed(failure.get()));
                } else if (left.decrementAndGet() == 0) {
                    signal(done);
                }
            });
        }
    }

    private void thaw() {
        AtomicInteger left = new AtomicInteger(guests.size());
        AtomicBoolean letGo = new AtomicBoolean();
        for (GuestStand guest : guests) {
            Thread.ofVirtual().name("holdfast-thaw-" + guest.guest().id()).start(() -> {
                switch (guest.giveUp(thaw)) {
                    case THAWED -> {}
                    case LET_GO -> letGo.set(true);
                    case UNCONFIRMED -> {
                        // The process stops: no answer, and the note stays.
                        return;
                    }
                }
                if (left.decrementAndGet() == 0) {
                    mailbox.add(new AllThawed(letGo.get()));
                }
            });
        }
    }

    private void refuse(FreezeFailure failure) {
        LOG.log(
                System.Logger.Level.WARNING,
                "Guests are not frozen; group=" + order.pg() + " checkpoint=" + order.checkpoint() + " code="
                        + failure.code() + ": " + failure.message());
        meter.failed(failure.code());
        answers.refused(order, failure);
    }

    private void thawed(boolean expired) {
        Duration frozenFor = Duration.ofNanos(System.nanoTime() - firstFreezeNanos);
        answers.thawed(order, expired, frozenFor);
        meter.frozenFor(frozenFor);
        if (expired) {
            meter.expired();
        }
        LOG.log(
                expired ? System.Logger.Level.WARNING : System.Logger.Level.INFO,
                "Guests were frozen; group=" + order.pg() + " checkpoint=" + order.checkpoint() + " guests="
                        + guests.size() + " micros=" + frozenFor.toNanos() / 1_000 + " expired=" + expired);
    }

    private void finish() throws InterruptedException {
        Thread[] hooks = guests.stream()
                .map(guest -> Thread.ofVirtual().start(() -> {
                    try {
                        notes.remove(guest.guest().id());
                    } catch (HoldfastException kept) {
                        LOG.log(
                                System.Logger.Level.WARNING,
                                "The note of a freeze stays and costs a needless thaw at the next start; vm="
                                        + guest.guest(),
                                kept);
                    }
                    if (!guest.finish()) {
                        meter.hookAfterFailed();
                    }
                }))
                .toArray(Thread[]::new);
        for (Thread hook : hooks) {
            hook.join();
        }
    }
}
