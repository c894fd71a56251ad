package io.holdfast.replicationagent.quiesce;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.replicationagent.fixture.Wait;
import io.holdfast.replicationagent.quiesce.FreezeFailure.Code;
import io.holdfast.replicationagent.quiesce.GuestAgentException.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Several guests of one group, each with a mind of its own. */
class GuestQuiescenceTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final PgId pg = PgId.random();
    private final List<String> answers = new CopyOnWriteArrayList<>();
    private final List<FreezeFailure> failures = new CopyOnWriteArrayList<>();
    private final Map<VmId, Path> note = new ConcurrentHashMap<>();
    private final FakeGuest first = new FakeGuest("first");
    private final FakeGuest second = new FakeGuest("second");
    private volatile boolean noteFails;

    private final FreezeAnswers listener = new FreezeAnswers() {
        @Override
        public void frozen(FreezeOrder order) {
            answers.add("frozen");
        }

        @Override
        public void refused(FreezeOrder order, FreezeFailure failure) {
            failures.add(failure);
            answers.add("refused " + failure.code());
        }

        @Override
        public void thawed(FreezeOrder order, boolean expired, Duration frozenFor) {
            answers.add("thawed" + (expired ? " expired" : ""));
        }
    };

    private final FrozenNotes notes = new FrozenNotes() {
        @Override
        public Map<VmId, Path> load() {
            return Map.copyOf(note);
        }

        @Override
        public synchronized void replace(Map<VmId, Path> mayBeFrozen) {
            if (noteFails) {
                throw new HoldfastException(CommonError.STORAGE_FULL, "no room for the note");
            }
            note.keySet().retainAll(mayBeFrozen.keySet());
            note.putAll(mayBeFrozen);
        }
    };

    /** A guest as its agent shows it. */
    private final class FakeGuest implements GuestAgents.Connection {
        final Guest guest;
        volatile boolean frozen;
        volatile boolean everFrozen;
        volatile boolean noteThereWhenFrozen;
        volatile long freezes = 2;
        volatile Optional<GuestAgentException> freezeFails = Optional.empty();
        volatile int thawsThatFail;
        volatile boolean gone;
        volatile CountDownLatch freezeWaits = new CountDownLatch(0);

        FakeGuest(String name) {
            guest = new Guest(VmId.random(), name, Optional.of(Path.of("/" + name)), GuestHooks.NONE);
        }

        @Override
        public Set<String> allowedCommands(Deadline deadline) {
            return Set.of("guest-fsfreeze-status", "guest-fsfreeze-freeze", "guest-fsfreeze-thaw");
        }

        @Override
        public long freeze(Deadline deadline) throws GuestAgentException {
            noteThereWhenFrozen = note.containsKey(guest.id());
            try {
                freezeWaits.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            if (freezeFails.isPresent()) {
                throw freezeFails.get();
            }
            frozen = freezes > 0;
            everFrozen = true;
            return freezes;
        }

        @Override
        public boolean isFrozen(Deadline deadline) {
            return frozen;
        }

        @Override
        public synchronized long thaw(Deadline deadline) throws GuestAgentException {
            if (thawsThatFail > 0) {
                thawsThatFail--;
                throw new GuestAgentException(Kind.SILENT, "no answer in time");
            }
            boolean was = frozen;
            frozen = false;
            return was ? freezes : 0;
        }

        @Override
        public GuestAgents.HookResult run(Hook hook, Deadline deadline) {
            throw new IllegalStateException("no hooks here");
        }

        @Override
        public void close() {}
    }

    private GuestQuiescence quiescence() {
        Map<Path, FakeGuest> bySocket = Map.of(Path.of("/first"), first, Path.of("/second"), second);
        GuestAgents agents = (socket, _) -> {
            if (bySocket.get(socket).gone) {
                throw new GuestAgentException(Kind.GONE, "nobody listens");
            }
            return bySocket.get(socket);
        };
        return new GuestQuiescence(
                agents,
                notes,
                group -> group.equals(pg) ? Optional.of(List.of(first.guest, second.guest)) : Optional.empty(),
                QuiesceMeter.NONE);
    }

    private FreezeOrder order() {
        return new FreezeOrder(pg, CheckpointId.random(), LIMIT);
    }

    private void awaitAnswers(String... expected) {
        Wait.until("answers " + List.of(expected), () -> answers.size() >= expected.length, () -> answers);
        assertThat(answers).containsExactly(expected);
    }

    private void awaitNothingFrozen(GuestQuiescence quiescence) {
        Wait.until("no order", quiescence::isIdle, () -> answers);
        assertThat(first.frozen).isFalse();
        assertThat(second.frozen).isFalse();
        assertThat(note).isEmpty();
    }

    @Test
    void allGuestsAreFrozenWithTheirNoteWrittenBeforeAndThawedByTheOrder() {
        try (GuestQuiescence quiescence = quiescence()) {
            FreezeOrder order = order();
            quiescence.freeze(order, listener);
            awaitAnswers("frozen");
            assertThat(first.frozen && second.frozen).isTrue();
            assertThat(first.noteThereWhenFrozen && second.noteThereWhenFrozen).isTrue();
            quiescence.thaw(pg, CheckpointId.random());
            quiescence.thaw(pg, order.checkpoint());
            awaitAnswers("frozen", "thawed");
            awaitNothingFrozen(quiescence);
        }
    }

    @Test
    void oneGuestThatFailsIsNamedAndTheOthersAreThawedBeforeTheAnswer() {
        second.freezeFails = Optional.of(new GuestAgentException(Kind.REFUSED, "its hook says no"));
        try (GuestQuiescence quiescence = quiescence()) {
            quiescence.freeze(order(), listener);
            awaitAnswers("refused FREEZE_FAILED");
            assertThat(first.frozen).isFalse();
            assertThat(failures.getFirst().message()).contains("second").contains("its hook says no");
            awaitNothingFrozen(quiescence);
        }
    }

    @Test
    void aGuestThatIsGoneKeepsTheOthersFromBeingTouched() {
        second.gone = true;
        try (GuestQuiescence quiescence = quiescence()) {
            quiescence.freeze(order(), listener);
            awaitAnswers("refused NO_GUEST_AGENT");
            assertThat(first.everFrozen).isFalse();
        }
    }

    @Test
    void aFreezeOfNothingIsNoFreeze() {
        first.freezes = 0;
        try (GuestQuiescence quiescence = quiescence()) {
            quiescence.freeze(order(), listener);
            awaitAnswers("refused FREEZE_FAILED");
            awaitNothingFrozen(quiescence);
        }
    }

    @Test
    void aGuestThatLetGoByItselfMakesTheFreezeExpired() {
        try (GuestQuiescence quiescence = quiescence()) {
            FreezeOrder order = order();
            quiescence.freeze(order, listener);
            awaitAnswers("frozen");
            first.frozen = false;
            quiescence.thaw(pg, order.checkpoint());
            awaitAnswers("frozen", "thawed expired");
        }
    }

    @Test
    void aThawThatFailsIsTriedUntilItSucceedsAndOnlyThenAnswered() {
        first.thawsThatFail = 3;
        try (GuestQuiescence quiescence = quiescence()) {
            FreezeOrder order = order();
            quiescence.freeze(order, listener);
            awaitAnswers("frozen");
            quiescence.thaw(pg, order.checkpoint());
            awaitAnswers("frozen", "thawed");
            assertThat(first.thawsThatFail).isZero();
            awaitNothingFrozen(quiescence);
        }
    }

    @Test
    void aGuestWhoseFreezeOutlivesTheLimitIsThawedWhenItComes() {
        first.freezeWaits = new CountDownLatch(1);
        try (GuestQuiescence quiescence = quiescence()) {
            quiescence.freeze(new FreezeOrder(pg, CheckpointId.random(), Duration.ofMillis(200)), listener);
            Wait.until("the second is frozen and let go", () -> second.everFrozen && !second.frozen, () -> answers);
            assertThat(answers).as("nothing is answered before all are thawed").isEmpty();
            quiescence.freeze(order(), listener);
            awaitAnswers("refused FREEZE_OUTSTANDING");
            first.freezeWaits.countDown();
            awaitAnswers("refused FREEZE_OUTSTANDING", "refused FREEZE_TIMED_OUT");
            awaitNothingFrozen(quiescence);
        }
    }

    @Test
    void theEndOfTheSessionOrOfTheAgentThawsAtOnce() {
        GuestQuiescence quiescence = quiescence();
        quiescence.freeze(order(), listener);
        awaitAnswers("frozen");
        quiescence.sessionLost(listener);
        awaitAnswers("frozen", "thawed expired");
        awaitNothingFrozen(quiescence);

        quiescence.freeze(order(), listener);
        awaitAnswers("frozen", "thawed expired", "frozen");
        quiescence.close();
        assertThat(first.frozen || second.frozen).isFalse();
        quiescence.freeze(order(), listener);
        assertThat(answers).last().isEqualTo("refused FREEZE_OUTSTANDING");
    }

    @Test
    void withoutANoteNothingIsFrozen() {
        noteFails = true;
        try (GuestQuiescence quiescence = quiescence()) {
            quiescence.freeze(order(), listener);
            awaitAnswers("refused FREEZE_FAILED");
            assertThat(failures.getFirst().message()).contains("no room for the note");
            assertThat(first.everFrozen || second.everFrozen).isFalse();
        }
    }

    @Test
    void whatAnEarlierRunNotedIsThawedAndAMachineThatIsGoneIsForgotten() {
        note.put(first.guest.id(), Path.of("/first"));
        note.put(second.guest.id(), Path.of("/second"));
        first.frozen = true;
        second.gone = true;
        try (GuestQuiescence quiescence = quiescence()) {
            awaitNothingFrozen(quiescence);
        }
    }

    @Test
    void aGroupThatIsNotHereIsSaidSo() {
        try (GuestQuiescence quiescence = quiescence()) {
            quiescence.freeze(new FreezeOrder(PgId.random(), CheckpointId.random(), LIMIT), listener);
            awaitAnswers("refused " + Code.NOT_ASSIGNED);
        }
    }
}
