package io.holdfast.recoveryplan.adapter.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.PlanId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.execution.Inbox;
import io.holdfast.recoveryplan.execution.Outcome;
import io.holdfast.recoveryplan.execution.RunDriver;
import io.holdfast.recoveryplan.execution.RunLimits;
import io.holdfast.recoveryplan.execution.RunScheduler;
import io.holdfast.recoveryplan.execution.RunStore.Lease;
import io.holdfast.recoveryplan.execution.RunStore.LeaseLostException;
import io.holdfast.recoveryplan.execution.StepPerformer;
import io.holdfast.recoveryplan.execution.StepWork;
import io.holdfast.recoveryplan.execution.Turn;
import io.holdfast.recoveryplan.plan.Plan;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.PlanStore;
import io.holdfast.recoveryplan.plan.Readiness;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.run.Mode;
import io.holdfast.recoveryplan.run.RecoveryPoint;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunOrder;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.support.Api;
import io.holdfast.recoveryplan.support.JournalStoreControl;
import io.holdfast.recoveryplan.support.ServiceUnderTest;
import io.holdfast.testkit.Eventually;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Executors on the real database with the real clients. Besides the executors of a test, the service's own one looks for runs that nobody
 * executes: it is the "restarted service" that takes over.
 */
@QuarkusTest
@ServiceUnderTest
@DisplayName("On the real database, a run")
class ExecutorsOnTheDatabaseTest {
    private static final Duration SHORT_LEASE = Duration.ofMillis(400);
    private static final Instant LATER = Instant.now().plus(Duration.ofDays(1)).truncatedTo(ChronoUnit.MICROS);

    @Inject
    EntityManager entities;

    @Inject
    RunRows rows;

    @Inject
    JpaRunRegister register;

    @Inject
    PlanStore plans;

    @Inject
    StepWork work;

    /** The process is gone: nothing after this happens. */
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    @ParameterizedTest(name = "whose executor is killed {1} the effect of {0} is ended by another one")
    @CsvSource({
        "CHOOSE_POINT, before",
        "CHOOSE_POINT, after",
        "OPEN_SESSION, before",
        "OPEN_SESSION, after",
        "WAIT_READY, before",
        "WAIT_READY, after",
        "CLOSE_SESSION, before",
        "CLOSE_SESSION, after",
    })
    void isEndedByAnotherExecutor(String kind, String when) throws Exception {
        PgId pg = JournalStoreControl.group("");
        Run run = insert(pg, Duration.ofHours(1));
        JpaRunStore doomed = store("doomed");
        StepPerformer dying = (current, step) -> {
            boolean here = step.action().kind().equals(kind);
            if (here && when.equals("before")) {
                throw new Killed();
            }
            var result = work.perform(current, step);
            if (here) {
                throw new Killed();
            }
            return result;
        };
        if (kind.equals("CLOSE_SESSION")) {
            driveUntilReady(doomed, run.id(), work);
            // At once: the service's own executor must not see that there is something to do.
            QuarkusTransaction.requiringNew().run(() -> {
                register.change(run.id(), ready -> ready.finish("olga", Instant.now()));
                rows.find(run.id()).orElseThrow().nextAt = LATER;
            });
        }

        Lease lease = doomed.acquire(run.id()).orElseThrow();
        assertThatThrownBy(() -> driver(doomed, dying).drive(lease, new QueueInbox()))
                .isInstanceOf(Killed.class);

        String end = kind.equals("CLOSE_SESSION") ? "SUCCEEDED" : "READY";
        Api.awaitState(run.id().toString(), end);
        if (end.equals("READY")) {
            assertThat(JournalStoreControl.openSessions(pg)).hasSize(1);
            Api.post("/api/v1/runs/" + run.id() + "/finish").then().statusCode(202);
            Api.awaitState(run.id().toString(), "SUCCEEDED");
        }
        assertThat(JournalStoreControl.everOpened(pg))
                .as("sessions of all attempts")
                .hasSize(1);
        assertThat(JournalStoreControl.openSessions(pg)).isEmpty();
    }

    @Test
    void belongsToOneExecutorAndAStalledOneFindsOutWhenItComesBack() throws Exception {
        Run run = insert(JournalStoreControl.group(""), Duration.ofHours(1));
        JpaRunStore first = store("first");
        JpaRunStore second = store("second");
        Lease stalled = first.acquire(run.id()).orElseThrow();
        assertThat(second.acquire(run.id())).as("while the lease is held").isEmpty();

        List<Lease> taken = new ArrayList<>();
        Eventually.await("the lease runs out", Duration.ofSeconds(10), () -> {
            second.acquire(run.id()).ifPresent(taken::add);
            return !taken.isEmpty();
        });

        assertThat(taken.getFirst().term()).isGreaterThan(stalled.term());
        assertThatThrownBy(() -> first.turn(stalled, current -> new Turn(current, List.of(), LATER)))
                .isInstanceOf(LeaseLostException.class);
        first.release(stalled);
        assertThat(first.acquire(run.id()))
                .as("a lost lease cannot be given back")
                .isEmpty();
        register.change(run.id(), pending -> pending.cancel("olga", Instant.now()));
        second.release(taken.getFirst());
        Api.awaitState(run.id().toString(), "CANCELLED");
    }

    @Test
    void thatTwoExecutorsWantIsDrivenOnce() throws Exception {
        PgId pg = JournalStoreControl.group("");
        Run run = insert(pg, Duration.ofHours(1));
        List<Thread> threads = new ArrayList<>();
        List<Throwable> surprises = new CopyOnWriteArrayList<>();
        for (int number = 0; number < 4; number++) {
            JpaRunStore store = store("executor-" + number);
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    var lease = store.acquire(run.id());
                    if (lease.isPresent()) {
                        driver(store, work).drive(lease.get(), new QueueInbox());
                    }
                } catch (Throwable surprise) {
                    surprises.add(surprise);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join(Duration.ofSeconds(20));
        }

        assertThat(surprises).isEmpty();
        Api.awaitState(run.id().toString(), "READY");
        assertThat(JournalStoreControl.everOpened(pg)).hasSize(1);
        assertThat(Api.run(run.id().toString()).getList("steps.attempts", Integer.class))
                .containsOnly(1, 0);
        Api.post("/api/v1/runs/" + run.id() + "/cancel").then().statusCode(202);
        Api.awaitState(run.id().toString(), "CANCELLED");
        assertThat(JournalStoreControl.openSessions(pg)).isEmpty();
    }

    @Test
    void thatExpiresWhileReadyIsCleanedUpByItself() {
        PgId pg = JournalStoreControl.group("");
        Run run = insertDue(pg, Duration.ofSeconds(2));
        Api.awaitState(run.id().toString(), "READY");

        var ended = Api.awaitState(run.id().toString(), "SUCCEEDED", "FAILED");

        assertThat(ended.getString("state")).isEqualTo("SUCCEEDED");
        assertThat(Api.report(run.id().toString()).getString("endedBy")).isEqualTo("expiry");
        assertThat(JournalStoreControl.everOpened(pg)).hasSize(1);
        assertThat(JournalStoreControl.openSessions(pg)).isEmpty();
    }

    @Test
    void thatExpiresBeforeItIsReadyFails() {
        PgId pg = JournalStoreControl.group("probe=refuse");
        Run run = insertDue(pg, Duration.ofSeconds(1));

        var ended = Api.awaitState(run.id().toString(), "FAILED");

        assertThat(ended.getString("error.code")).isEqualTo("RUN_EXPIRED");
        assertThat(JournalStoreControl.openSessions(pg)).isEmpty();
    }

    @Test
    void keepsACommandThatComesBetweenLoadingAndStoring() throws Exception {
        Run run = insert(JournalStoreControl.group(""), Duration.ofHours(1));
        JpaRunStore store = store("interleaved");
        Lease lease = store.acquire(run.id()).orElseThrow();
        boolean[] cancelled = new boolean[1];

        Turn turn = store.turn(lease, current -> {
            if (!cancelled[0]) {
                cancelled[0] = true;
                // As another request does it, in a transaction of its own.
                QuarkusTransaction.requiringNew()
                        .run(() -> register.change(run.id(), other -> other.cancel("olga", Instant.now())));
            }
            return new RunScheduler(limits()).take(current, List.of(), java.util.Set.of(), Instant.now());
        });

        assertThat(turn.run().state())
                .as("decided again on what the command stored")
                .isInstanceOf(RunState.Ended.class);
        assertThat(Api.run(run.id().toString()).getString("state")).isEqualTo("CANCELLED");
    }

    private void driveUntilReady(JpaRunStore store, RunId id, StepPerformer work) throws Exception {
        driver(store, work).drive(store.acquire(id).orElseThrow(), new QueueInbox());
        assertThat(register.find(id).orElseThrow().state()).isInstanceOf(RunState.Ready.class);
    }

    private JpaRunStore store(String owner) {
        return new JpaRunStore(entities, rows, SHORT_LEASE, owner);
    }

    /** Effects run on the driver's thread, so that a death is one of the whole executor. */
    private static RunDriver driver(JpaRunStore store, StepPerformer work) {
        return new RunDriver(store, new RunScheduler(limits()), work, Runnable::run, Clock.systemUTC());
    }

    private static RunLimits limits() {
        return new RunLimits(
                3,
                Duration.ofMillis(50),
                Duration.ofMillis(200),
                Duration.ofMillis(100),
                Duration.ofHours(1),
                4,
                Duration.ofMinutes(1),
                Duration.ofMinutes(1),
                Duration.ofMinutes(2));
    }

    /** A run that the service's own executor does not see as due, until an executor of the test has begun it. */
    private Run insert(PgId pg, Duration expiresAfter) {
        return insert(pg, expiresAfter, LATER);
    }

    private Run insertDue(PgId pg, Duration expiresAfter) {
        return insert(pg, expiresAfter, Instant.now());
    }

    private Run insert(PgId pg, Duration expiresAfter, Instant nextAt) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
        PlanDefinition definition = new PlanDefinition(
                "plan " + UUID.randomUUID(),
                List.of(new RecoveryGroup(
                        "only",
                        List.of(pg),
                        List.of(),
                        Duration.ZERO,
                        new Readiness.NbdExport(Duration.ofSeconds(30)))));
        Plan plan = plans.create(definition, "olga", now);
        Run run = Run.ordered(new RunOrder(
                RunId.random(),
                new PlanId(plan.id().value()),
                1,
                definition,
                Mode.TEST,
                Map.of(pg, new RecoveryPoint.Latest()),
                "olga",
                now,
                now.plus(expiresAfter)));
        QuarkusTransaction.requiringNew().run(() -> rows.insert(run, nextAt));
        return run;
    }

    private static final class QueueInbox implements Inbox {
        private final LinkedBlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();

        @Override
        public void put(Outcome outcome) {
            outcomes.add(outcome);
        }

        @Override
        public List<Outcome> await(Duration atMost) throws InterruptedException {
            List<Outcome> taken = new ArrayList<>();
            Outcome first = outcomes.poll(atMost.toMillis(), TimeUnit.MILLISECONDS);
            if (first != null) {
                taken.add(first);
                outcomes.drainTo(taken);
            }
            return taken;
        }
    }
}
