package io.holdfast.replicationagent.quiesce;

import io.holdfast.replicationagent.quiesce.GuestAgents.Connection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Thaws one guest, for as long as it takes: nothing stays frozen as long as there is anybody to be asked. */
final class Thaw {
    /** For one attempt. */
    private static final Duration ATTEMPT = Duration.ofSeconds(2);

    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final System.Logger LOG = System.getLogger(Thaw.class.getName());

    private final GuestAgents agents;
    private final BooleanSupplier stopping;

    Thaw(GuestAgents agents, BooleanSupplier stopping) {
        this.agents = agents;
        this.stopping = stopping;
    }

    /** How it ended. */
    enum Outcome {
        THAWED,
        /** It was not frozen any more. */
        LET_GO,
        /** The process stops and the guest has not confirmed; the note stays. */
        UNCONFIRMED
    }

    /** On the connection that froze it; over new ones when that one fails. */
    Outcome over(Connection connection, Path socket) {
        try {
            return attempt(connection);
        } catch (GuestAgentException failed) {
            LOG.log(System.Logger.Level.WARNING, "A guest did not thaw at once; socket=" + socket, failed);
            // The machine's socket takes one client.
            connection.close();
            return over(socket);
        }
    }

    /** Over a new connection, again and again until the guest confirms, its machine is gone, or the process stops. */
    Outcome over(Path socket) {
        for (long attempt = 1; ; attempt++) {
            try (Connection connection = agents.connect(socket, Deadline.in(ATTEMPT))) {
                return attempt(connection);
            } catch (GuestAgentException failed) {
                if (failed.kind() == GuestAgentException.Kind.GONE) {
                    return Outcome.LET_GO;
                }
                // At 1, 2, 4, 8, …: a guest that stays away must not fill the log.
                if (Long.bitCount(attempt) == 1) {
                    LOG.log(
                            System.Logger.Level.ERROR,
                            "A guest that may be frozen cannot be thawed and is tried again; socket=" + socket
                                    + " attempt=" + attempt + ": " + failed.getMessage());
                }
            }
            if (stopping.getAsBoolean()) {
                return Outcome.UNCONFIRMED;
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    private static Outcome attempt(Connection connection) throws GuestAgentException {
        Deadline deadline = Deadline.in(ATTEMPT);
        boolean frozen = connection.isFrozen(deadline);
        // Thawed in any case: the guest's own note can be wrong, for one after its agent was restarted.
        long thawed = connection.thaw(deadline);
        return frozen && thawed > 0 ? Outcome.THAWED : Outcome.LET_GO;
    }
}
