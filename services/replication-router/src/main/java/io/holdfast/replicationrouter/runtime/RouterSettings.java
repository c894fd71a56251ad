package io.holdfast.replicationrouter.runtime;

import io.holdfast.kernel.rate.RateLimit;
import java.time.Duration;

/**
 * The limits that the runtime works within.
 *
 * @param routerId names this process in events; the address that it advertises
 * @param inFlightBytes changes between agents and Kafka, over all sessions
 * @param cutTimeout how long a marker may take before its cut is discarded
 * @param statusInterval from one report about a stream to the next
 * @param linkRate of everything that one agent sends to this site
 */
public record RouterSettings(
        String routerId,
        Duration heartbeatInterval,
        Duration helloTimeout,
        Duration cutTimeout,
        Duration statusInterval,
        int maxSessions,
        long inFlightBytes,
        RateLimit linkRate) {}
