package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.run.Run;
import java.util.Optional;
import java.util.function.Function;

/**
 * Where runs are kept, for their executor. Thread-safe. A call that throws {@link io.holdfast.kernel.error.HoldfastException} has
 * stored nothing that the caller relies on: the executor stops, and whoever takes the lease next goes on from what is stored.
 */
public interface RunStore {

    /** The right to execute one run. {@code term} grows with every holder and fences the ones before. */
    record Lease(RunId runId, String owner, long term) {}

    /** Takes the lease of a run that has not ended; empty while somebody else holds an unexpired one. */
    Optional<Lease> acquire(RunId runId);

    /**
     * Loads the run, decides, and stores what was decided and the events about it in one transaction. The lease is prolonged. The decision
     * may be called several times, when somebody else changed the run in between, and must be free of effects.
     *
     * @throws LeaseLostException if the lease belongs to somebody else now; nothing is stored
     */
    Turn turn(Lease lease, Function<Run, Turn> decision) throws LeaseLostException;

    /** Gives the lease back; does nothing if it is lost already. */
    void release(Lease lease);

    /** Another executor has the run. Its work goes on there; here everything about it is dropped. */
    final class LeaseLostException extends Exception {
        private static final long serialVersionUID = 1L;

        public LeaseLostException(Lease lease) {
            super("the lease of run %s, term %d, belongs to another executor now"
                    .formatted(lease.runId(), lease.term()));
        }
    }
}
