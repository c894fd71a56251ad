package io.holdfast.journalstore.apply;

import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.id.AgentId;
import java.util.Objects;

/**
 * A volume's very first sync, while it is under way and no other one has begun: what it builds on is what the replica was seeded with, or zeroes.
 *
 * @param started its {@code SyncStarted}
 */
public record FirstSync(AgentId agent, StreamPosition started) {
    public FirstSync {
        Objects.requireNonNull(agent, "agent");
        Objects.requireNonNull(started, "started");
    }

    /** Whether somebody who compares behind {@code from} of his stream compares within this sync. */
    public boolean isOf(AgentId asking, StreamPosition from) {
        return agent.equals(asking)
                && started.epoch().equals(from.epoch())
                && started.seq().compareTo(from.seq()) <= 0;
    }
}
