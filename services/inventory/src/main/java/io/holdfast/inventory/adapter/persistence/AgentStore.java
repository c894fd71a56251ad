package io.holdfast.inventory.adapter.persistence;

import io.holdfast.inventory.host.Agent;
import io.holdfast.inventory.host.Agents;
import io.holdfast.kernel.id.AgentId;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

@ApplicationScoped
class AgentStore implements Agents, PanacheRepositoryBase<AgentEntity, UUID> {
    @Override
    public Optional<Agent> find(AgentId id) {
        return findByIdOptional(id.value()).map(AgentEntity::toDomain);
    }

    @Override
    public List<Agent> list(Optional<AgentId> after, int limit) {
        return Keyset.page(this, "", List.of(), after.map(AgentId::value), limit).stream()
                .map(AgentEntity::toDomain)
                .toList();
    }

    @Override
    public void save(Agent agent) {
        Keyset.findOrPersist(this, agent.id().value(), AgentEntity::new, entity -> entity.take(agent));
    }
}
