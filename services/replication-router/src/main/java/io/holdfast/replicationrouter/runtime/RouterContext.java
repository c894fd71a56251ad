package io.holdfast.replicationrouter.runtime;

import io.holdfast.changestream.Batches;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.replicationrouter.flow.Credits;
import io.holdfast.replicationrouter.flow.InFlightBudget;
import io.holdfast.replicationrouter.lease.Ownership;
import io.holdfast.replicationrouter.policy.PolicyTable;
import io.holdfast.replicationrouter.stream.Continuity;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;

/** What the parts of the runtime share: the ports, and the state of the features. Used on the loop only. */
final class RouterContext {
    final RouterSettings settings;
    final RouterClock clock;
    final Executor loop;
    final ChangesLog changes;
    final EventLog events;
    final RouterMeters meters;

    final PolicyTable policies = new PolicyTable();
    final Continuity continuity = new Continuity();
    final InFlightBudget<AgentSession> budget;
    final Credits<AgentSession> credits;
    /** Every session that has not ended, those that wait for Hello included. Bounded by twice the session limit. */
    final Set<AgentSession> sessions = new LinkedHashSet<>();

    final Map<AgentId, AgentSession> liveByAgent = new HashMap<>();
    Ownership ownership = Ownership.NONE;

    RouterContext(
            RouterSettings settings,
            RouterClock clock,
            Executor loop,
            ChangesLog changes,
            EventLog events,
            RouterMeters meters) {
        this.settings = settings;
        this.clock = clock;
        this.loop = loop;
        this.changes = changes;
        this.events = events;
        this.meters = meters;
        this.budget = new InFlightBudget<>(settings.inFlightBytes());
        this.credits = new Credits<>(settings.inFlightBytes(), Batches.MAX_BODY_BYTES);
    }

    Optional<AgentSession> liveSession(AgentId agent) {
        return Optional.ofNullable(liveByAgent.get(agent));
    }
}
