package io.holdfast.replicationrouter.runtime;

import io.holdfast.kernel.rate.RateLimit;
import io.holdfast.replicationrouter.checkpoint.CutLimits;
import java.time.Duration;

/**
 * The limits that the runtime works within.
 *
 * @param routerId names this process in events; the address that it advertises
 * @param inFlightBytes changes between agents and Kafka, over all sessions
 * @param cuts how long the steps of a checkpoint may take
 * @param statusInterval from one report about a stream to the next
 * @param linkRate of everything that one agent sends to this site
 */
public record RouterSettings(
        String routerId,
        Duration heartbeatInterval,
        Duration helloTimeout,
        CutLimits cuts,
        Duration statusInterval,
        int maxSessions,
        long inFlightBytes,
        RateLimit linkRate) {}
