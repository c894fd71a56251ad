package io.holdfast.recoveryplan.machine;

import io.holdfast.kernel.id.CommandId;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Takes what agents tell about commands inside of guests. Thread-safe; every call is part of the caller's transaction. */
public interface GuestRegister {
    /**
     * A command as a report has it.
     *
     * @param attempt the greatest that was ordered
     * @param ended empty while it has not
     */
    record Seen(String key, int attempt, java.util.Optional<GuestWord.Ended> ended) {}

    /** The newest word of the machine's agent; what it does not name stays as it was. */
    void report(UUID machineId, List<Seen> commands, Instant at);

    /** Takes the answer to an order; one that was not sent here is ignored. */
    void answered(CommandId command, boolean ok, String code, String message);
}
