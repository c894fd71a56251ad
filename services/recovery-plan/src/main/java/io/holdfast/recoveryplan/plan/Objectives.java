package io.holdfast.recoveryplan.plan;

import java.time.Duration;
import java.util.Optional;

/**
 * What the company promises itself of a plan; a preflight compares it with what was measured. Each 1 s to 30 d.
 *
 * @param rpo how old the newest checkpoint may be
 * @param rto from an order until every group is ready
 */
public record Objectives(Optional<Duration> rpo, Optional<Duration> rto) {
    public static final Objectives NONE = new Objectives(Optional.empty(), Optional.empty());
}
