package io.holdfast.inventory.host;

import io.holdfast.kernel.id.AgentId;
import java.util.List;
import java.util.Optional;

/** Where agents are kept. All calls belong to the caller's transaction. */
public interface Agents {
    Optional<Agent> find(AgentId id);

    /** In the order of id, behind {@code after}, at most {@code limit}. */
    List<Agent> list(Optional<AgentId> after, int limit);

    void save(Agent agent);
}
