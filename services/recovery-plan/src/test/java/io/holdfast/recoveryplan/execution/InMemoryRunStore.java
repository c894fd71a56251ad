package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.adapter.persistence.StoredForm;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunState;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** One run under the contract of {@link RunStore}, kept as the text that the database would keep. It outlives its executors. */
final class InMemoryRunStore implements RunStore {
    static final Duration LEASE = Duration.ofSeconds(10);

    private final Clock clock;
    private final CrashPoints crash;
    private final RunId id;
    private String stored;
    private Run readBack;
    private Instant nextAt;
    private long term;
    private Instant leaseUntil = Instant.MIN;
    /** States in the order in which their events were committed. */
    final List<String> events = new ArrayList<>();

    InMemoryRunStore(Run run, Clock clock, CrashPoints crash) {
        this.id = run.id();
        this.stored = StoredForm.write(run);
        this.nextAt = clock.instant();
        this.clock = clock;
        this.crash = crash;
        events.add(run.state().name());
    }

    /** What is stored, read back; kept until something else is stored, because reading it is most of a story's time. */
    Run run() {
        if (readBack == null) {
            readBack = StoredForm.read(stored);
        }
        return readBack;
    }

    Instant nextAt() {
        return nextAt;
    }

    /** What the REST interface does for a command. */
    void command(UnaryOperator<Run> change) {
        save(change.apply(run()), clock.instant());
    }

    @Override
    public Optional<Lease> acquire(RunId runId) {
        crash.reach("before the lease is taken");
        if (run().state() instanceof RunState.Ended || clock.instant().isBefore(leaseUntil)) {
            return Optional.empty();
        }
        term++;
        leaseUntil = clock.instant().plus(LEASE);
        crash.reach("after the lease was taken");
        return Optional.of(new Lease(id, "executor", term));
    }

    @Override
    public Turn turn(Lease lease, Function<Run, Turn> decision) throws LeaseLostException {
        Turn turn = decision.apply(run());
        crash.reach("before the commit of " + describe(turn));
        if (lease.term() != term) {
            throw new LeaseLostException(lease);
        }
        leaseUntil = clock.instant().plus(LEASE);
        save(turn.run(), turn.nextAt());
        crash.reach("after the commit of " + describe(turn));
        return turn;
    }

    private static String describe(Turn turn) {
        return turn.run().state().name() + ", beginning "
                + turn.begin().stream().map(step -> step.id()).toList();
    }

    private void save(Run next, Instant dueAt) {
        if (!next.state().name().equals(run().state().name())) {
            events.add(next.state().name());
        }
        if (!next.equals(run())) {
            stored = StoredForm.write(next);
            readBack = null;
        }
        nextAt = dueAt;
    }

    @Override
    public void release(Lease lease) {
        crash.reach("before the lease is given back");
        if (lease.term() == term) {
            leaseUntil = Instant.MIN;
        }
        crash.reach("after the lease was given back");
    }
}
