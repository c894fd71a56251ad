package io.holdfast.recoveryplan.execution;

import java.time.Duration;

/**
 * Bounds of the work on one run.
 *
 * @param stepAttempts how often choosing a point or opening a session is tried when the journal-store does not answer; 1 or more
 * @param firstRetryDelay before the second attempt; doubles up to {@code longestRetryDelay}
 * @param probeInterval between two readiness probes of a group
 * @param cleanupLimit how long closing is tried; afterwards the run ends as CLEANUP_INCOMPLETE
 * @param parallelSteps how many steps of one run may be under way at once; 1 or more
 * @param machineStartLimit from the first order until a machine counts as not startable
 * @param commitLimit how long pausing a group, committing while replication still runs, and the last checkpoint are tried
 * @param fenceLimit how long a fence is waited for, and an agent's late word about a shut-down
 */
public record RunLimits(
        int stepAttempts,
        Duration firstRetryDelay,
        Duration longestRetryDelay,
        Duration probeInterval,
        Duration cleanupLimit,
        int parallelSteps,
        Duration machineStartLimit,
        Duration commitLimit,
        Duration fenceLimit) {

    /** @param attempts how many have failed, from 1 */
    Duration delayAfter(int attempts) {
        return doubled(firstRetryDelay, longestRetryDelay, attempts);
    }

    static Duration doubled(Duration first, Duration longest, int attempts) {
        // More than 20 doublings of any sensible first delay exceed the longest one; the bound keeps the shift defined.
        Duration doubled = first.multipliedBy(1L << Math.min(attempts - 1, 20));
        return doubled.compareTo(longest) < 0 ? doubled : longest;
    }
}
