package io.holdfast.replicationrouter.session;

import java.time.Duration;

/**
 * The life of one session.
 *
 * <pre>
 *   AwaitingHello ──admitted──► Live ──ended──► Ended
 *        └───────────ended─────────────────────►
 * </pre>
 *
 * <p>Times are of a monotonic clock, in nanoseconds.
 */
public sealed interface SessionState {
    /** The connection is up and its certificate is good; the agent has yet to say Hello. */
    record AwaitingHello(AgentIdentity identity, long connectedAtNanos) implements SessionState {
        public Live admitted(Greeting greeting, long nowNanos) {
            return new Live(identity, greeting, nowNanos);
        }

        public Ended ended(SessionEnd reason) {
            return new Ended(reason);
        }

        /** Whether the agent took too long; such a connection holds a slot and does nothing. */
        public boolean overdue(long nowNanos, Duration limit) {
            return nowNanos - connectedAtNanos > limit.toNanos();
        }
    }

    /** Frames are exchanged. */
    record Live(AgentIdentity identity, Greeting greeting, long heardAtNanos) implements SessionState {
        /** How many heartbeat intervals may pass without a frame. */
        public static final int MISSED_INTERVALS = 3;

        public Live heard(long nowNanos) {
            return new Live(identity, greeting, nowNanos);
        }

        /** As heard at this time, unless something was heard later. */
        public Live heardAtLeastAt(long atNanos) {
            return atNanos - heardAtNanos > 0 ? heard(atNanos) : this;
        }

        /** Whether the agent is silent for longer than allowed. Only asked while the router lets it speak. */
        public boolean silent(long nowNanos, Duration heartbeatInterval) {
            return nowNanos - heardAtNanos
                    > heartbeatInterval.multipliedBy(MISSED_INTERVALS).toNanos();
        }

        public Ended ended(SessionEnd reason) {
            return new Ended(reason);
        }
    }

    /** Nothing is sent or taken any more; late callbacks find this state and do nothing. */
    record Ended(SessionEnd reason) implements SessionState {}
}
