package io.holdfast.replicationagent.uplink;

import io.holdfast.kernel.Dscp;
import java.time.Duration;

/**
 * Times of the connection to a router.
 *
 * @param linger how long an open batch may wait for more changes; larger = fewer, better compressed batches, higher RPO
 * @param connectTimeout from the start of an attempt to the router's Welcome
 * @param firstBackoff wait after the first failure
 * @param mostBackoff longest wait between attempts; larger spares a router that is coming back, smaller ends an outage sooner
 * @param mark that its packets carry
 */
public record LinkSettings(
        Duration linger, Duration connectTimeout, Duration firstBackoff, Duration mostBackoff, Dscp mark) {}
