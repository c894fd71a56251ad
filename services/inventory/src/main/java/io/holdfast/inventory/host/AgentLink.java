package io.holdfast.inventory.host;

import java.time.Instant;
import java.util.Objects;

/**
 * Whether an agent has a session with a router, as its events tell.
 *
 * <pre>
 * NeverSeen ──opened──► Connected ──closed──► Disconnected ──opened──► Connected
 *                          │ ▲ opened (another instance or router, newer)
 *                          └─┘
 * </pre>
 *
 * <p>Events of one agent come from several routers, so their order is not the order of what happened: the end of an old session
 * may be told after the begin of the next one. Every transition therefore compares times and names, and answers with the same
 * link when the event tells nothing new.
 */
public sealed interface AgentLink {
    /** No session yet, or none that this service heard of. */
    record NeverSeen() implements AgentLink {
        @Override
        public AgentLink opened(Instant at, String instance, String router) {
            return new Connected(at, instance, router);
        }

        @Override
        public AgentLink closed(Instant at, String instance, String router, String reason) {
            return new Disconnected(at, reason);
        }
    }

    /**
     * @param since when the session was opened
     * @param instance of the agent's process
     * @param router that holds the session
     */
    record Connected(Instant since, String instance, String router) implements AgentLink {
        public Connected {
            Objects.requireNonNull(since, "since");
            Objects.requireNonNull(instance, "instance");
            Objects.requireNonNull(router, "router");
        }

        @Override
        public AgentLink opened(Instant at, String instance, String router) {
            return at.isAfter(since) ? new Connected(at, instance, router) : this;
        }

        @Override
        public AgentLink closed(Instant at, String instance, String router, String reason) {
            boolean ofThisSession = this.instance.equals(instance) && this.router.equals(router) && !at.isBefore(since);
            return ofThisSession && !reason.equals(REPLACED) ? new Disconnected(at, reason) : this;
        }
    }

    /** @param reason stable code of the router: AGENT_CLOSED, CONNECTION_LOST, HEARTBEAT_MISSED, ROUTER_STOPPING, REJECTED */
    record Disconnected(Instant since, String reason) implements AgentLink {
        public Disconnected {
            Objects.requireNonNull(since, "since");
            Objects.requireNonNull(reason, "reason");
        }

        @Override
        public AgentLink opened(Instant at, String instance, String router) {
            return at.isAfter(since) ? new Connected(at, instance, router) : this;
        }

        @Override
        public AgentLink closed(Instant at, String instance, String router, String reason) {
            return this;
        }
    }

    /** Reason of a session that ended because the same agent has a newer one: the agent stays connected. */
    String REPLACED = "REPLACED";

    AgentLink opened(Instant at, String instance, String router);

    AgentLink closed(Instant at, String instance, String router, String reason);

    default boolean connected() {
        return this instanceof Connected;
    }
}
