package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SessionId;
import io.holdfast.recoveryplan.machine.ForeignCode;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.run.CheckpointMark;
import io.holdfast.recoveryplan.run.ChosenCheckpoint;
import io.holdfast.recoveryplan.run.NewestKnown;
import io.holdfast.recoveryplan.run.OpenSession;
import io.holdfast.recoveryplan.run.Part;
import io.holdfast.recoveryplan.run.RecoveryPoint;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * Journals under the contract of {@link RecoveryJournals}, in memory; they outlive the executor. The same key always comes to the same session. A test can
 * make a call fail before or after its effect.
 */
final class FakeJournals implements RecoveryJournals {
    private final Map<String, OpenSession> byKey = new HashMap<>();
    private final Map<SessionId, PgId> open = new HashMap<>();
    private final Map<SessionId, CheckpointId> checkpoints = new HashMap<>();
    private final Set<PgId> everOpened = new HashSet<>();
    private final Set<SessionId> commitOrders = new HashSet<>();
    private final Map<PgId, CheckpointMark> marks = new HashMap<>();
    private final Set<PgId> committed = new HashSet<>();
    final List<String> log = new ArrayList<>();

    /** Whether the group's failover is final. */
    Predicate<PgId> mayCommit = _ -> false;
    /** Whether the run owns the group. */
    Predicate<PgId> mayOpen = _ -> true;
    /** Called with the name of the call and its group before the effect; throws to refuse. */
    BiConsumer<String, PgId> before = (_, _) -> {};
    /** Called after the effect; throws to lose the answer. */
    BiConsumer<String, PgId> after = (_, _) -> {};

    @Override
    public ChosenCheckpoint choose(PgId pgId, RecoveryPoint point) {
        before.accept("choose", pgId);
        log.add("choose " + pgId);
        ChosenCheckpoint chosen = new ChosenCheckpoint(
                point instanceof RecoveryPoint.AtCheckpoint at
                        ? at.id()
                        : new CheckpointId(new UUID(7, pgId.value().getLeastSignificantBits())),
                "CRASH",
                Lsn.of(77),
                Samples.NOON.minus(Duration.ofSeconds(3)));
        after.accept("choose", pgId);
        return chosen;
    }

    @Override
    public OpenSession open(PgId pgId, CheckpointId checkpointId, Optional<Part.Served> only, String idempotencyKey) {
        before.accept("open", pgId);
        OpenSession session = byKey.get(idempotencyKey);
        if (session == null) {
            if (!mayOpen.test(pgId)) {
                throw new AssertionError("two owners: a session is opened of a group that is not taken, " + pgId);
            }
            if (open.containsValue(pgId)) {
                throw new AssertionError("two sessions of one group at once: " + pgId);
            }
            session = new OpenSession(
                    SessionId.random(),
                    List.of(new OpenSession.Export(
                            Samples.volume(pgId).toString(),
                            "vda",
                            Samples.vm(pgId).toString(),
                            1 << 20,
                            "127.0.0.1:10809",
                            "session")));
            byKey.put(idempotencyKey, session);
            open.put(session.id(), pgId);
            checkpoints.put(session.id(), checkpointId);
            everOpened.add(pgId);
            log.add("open " + pgId);
        }
        after.accept("open", pgId);
        return session;
    }

    @Override
    public Optional<NewestKnown> newestKnown(PgId pgId) {
        return Optional.of(new NewestKnown(
                new ChosenCheckpoint(CheckpointId.random(), "CRASH", Lsn.of(90), Samples.NOON.minusSeconds(1)),
                Optional.of(Lsn.of(95))));
    }

    @Override
    public List<KnownMachine> machines(PgId pgId, CheckpointId checkpointId) {
        before.accept("machines", pgId);
        return Samples.machines(pgId);
    }

    /** Final from the second order on. */
    @Override
    public CommitSeen commit(PgId pgId, SessionId sessionId, String idempotencyKey) {
        before.accept("commit", pgId);
        if (!open.containsKey(sessionId) && commitOrders.contains(sessionId)) {
            throw new HoldfastException(
                    new ForeignCode("SESSION_NOT_FOUND", Blame.NOT_FOUND), "it was committed and ended");
        }
        if (!open.containsKey(sessionId)) {
            throw new AssertionError("a session is committed that is not open: " + pgId);
        }
        if (!mayCommit.test(pgId)) {
            throw new AssertionError("a session is committed while its group replicates: " + pgId);
        }
        boolean isFinal = !commitOrders.add(sessionId);
        if (isFinal) {
            committed.add(pgId);
        }
        after.accept("commit", pgId);
        return new CommitSeen(isFinal, "after-lsn-77", "");
    }

    Set<PgId> committed() {
        return committed;
    }

    @Override
    public boolean mark(PgId pgId, CheckpointId checkpointId, CheckpointMark mark) {
        before.accept("mark", pgId);
        marks.put(pgId, mark);
        after.accept("mark", pgId);
        return true;
    }

    Map<PgId, CheckpointMark> marks() {
        return Map.copyOf(marks);
    }

    @Override
    public void close(PgId pgId, SessionId sessionId) {
        before.accept("close", pgId);
        if (open.remove(sessionId) != null) {
            log.add("close " + pgId);
        }
        after.accept("close", pgId);
    }

    Set<PgId> openNow() {
        return new HashSet<>(open.values());
    }

    /** The checkpoint of the open session of each group. */
    Map<PgId, CheckpointId> checkpointsOpen() {
        Map<PgId, CheckpointId> served = new HashMap<>();
        open.forEach((session, pg) -> served.put(pg, checkpoints.get(session)));
        return served;
    }

    Set<PgId> everOpened() {
        return everOpened;
    }

    int sessionsOpened() {
        return byKey.size();
    }

    static HoldfastException noAnswer() {
        return new HoldfastException(CommonError.DEPENDENCY_UNAVAILABLE, "the journal-store does not answer");
    }
}
