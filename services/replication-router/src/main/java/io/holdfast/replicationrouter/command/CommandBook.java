package io.holdfast.replicationrouter.command;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CommandId;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Commands that are not answered yet, and the ids of the last ones that are.
 *
 * <p>Commands come from a topic that every router reads again after a restart, answers from a topic that every router
 * follows. A command may therefore reach an agent twice; agents carry one out once under its id (contract: AgentCommand).
 * Bounded: per agent by {@link #MAX_PER_AGENT}, answered ids by {@link #MAX_ANSWERED}. Not thread-safe.
 *
 * @param <C> the command as it is forwarded
 */
public final class CommandBook<C> {
    /** Commands that may wait for one agent; more are refused with COMMAND_QUEUE_FULL. */
    public static final int MAX_PER_AGENT = 256;
    /** Answered ids that are remembered to recognise repeats. */
    public static final int MAX_ANSWERED = 20_000;

    private final Map<CommandId, Pending<C>> pending = new LinkedHashMap<>();
    private final Set<CommandId> answered = new LinkedHashSet<>();

    /** What becomes of a command that was read. */
    public enum Taken {
        /** Kept; forward it if the agent is connected. */
        KEPT,
        /** Known or answered already: nothing to do. */
        REPEATED,
        EXPIRED,
        QUEUE_FULL
    }

    public record Pending<C>(CommandId id, AgentId agent, long expiresAtMicros, C command) {}

    public Taken take(CommandId id, AgentId agent, long expiresAtMicros, C command, long nowMicros) {
        if (answered.contains(id) || pending.containsKey(id)) {
            return Taken.REPEATED;
        }
        if (expiresAtMicros <= nowMicros) {
            return Taken.EXPIRED;
        }
        long waiting =
                pending.values().stream().filter(p -> p.agent().equals(agent)).count();
        if (waiting >= MAX_PER_AGENT) {
            return Taken.QUEUE_FULL;
        }
        pending.put(id, new Pending<>(id, agent, expiresAtMicros, command));
        return Taken.KEPT;
    }

    /** Everything the agent has to be sent when it connects, in the order in which it was given. */
    public List<C> waitingFor(AgentId agent) {
        return pending.values().stream()
                .filter(p -> p.agent().equals(agent))
                .map(Pending::command)
                .toList();
    }

    /** A result is in agent-events, from whichever router: the command is done. */
    public void answered(CommandId id) {
        pending.remove(id);
        answered.add(id);
        if (answered.size() > MAX_ANSWERED) {
            Iterator<CommandId> oldest = answered.iterator();
            oldest.next();
            oldest.remove();
        }
    }

    public boolean isAnswered(CommandId id) {
        return answered.contains(id);
    }

    /** Removes and returns what is over its time. */
    public List<Pending<C>> expire(long nowMicros) {
        List<Pending<C>> over = new ArrayList<>();
        pending.values().removeIf(p -> {
            boolean expired = p.expiresAtMicros() <= nowMicros;
            if (expired) {
                over.add(p);
            }
            return expired;
        });
        return over;
    }

    public int size() {
        return pending.size();
    }
}
