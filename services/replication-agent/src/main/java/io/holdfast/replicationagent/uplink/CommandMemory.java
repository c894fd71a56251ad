package io.holdfast.replicationagent.uplink;

import io.holdfast.kernel.id.CommandId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Makes commands idempotent: a command that comes again gets the answer of the first time. The newest {@link #CAPACITY} answers are kept; an older one is
 * carried out again, which is harmless because every command states a wanted result.
 *
 * <p>Threads: one at a time.
 */
public final class CommandMemory {
    public static final int CAPACITY = 1_000;

    /** @param error code and sentence when the command failed */
    public record Outcome(CommandId command, Optional<Failure> error) {
        /** Stable code, and one sentence for a person. */
        public record Failure(String code, String message) {}
    }

    private final Map<CommandId, Outcome> outcomes = new LinkedHashMap<>();

    /** The answer of the first time. */
    public Optional<Outcome> known(CommandId command) {
        return Optional.ofNullable(outcomes.get(command));
    }

    /** Keeps the answer to a command. */
    public void keep(Outcome outcome) {
        outcomes.put(outcome.command(), outcome);
        if (outcomes.size() > CAPACITY) {
            outcomes.remove(outcomes.keySet().iterator().next());
        }
    }

    public Outcome once(CommandId command, Supplier<Optional<Outcome.Failure>> work) {
        Outcome known = outcomes.get(command);
        if (known != null) {
            return known;
        }
        Outcome outcome = new Outcome(command, work.get());
        keep(outcome);
        return outcome;
    }
}
