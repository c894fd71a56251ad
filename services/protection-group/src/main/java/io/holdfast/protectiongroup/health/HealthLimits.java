package io.holdfast.protectiongroup.health;

import java.time.Duration;

/**
 * @param testMaxAge after how long a group counts as not tested any more
 * @param clockUncertainty added to every RPO (invariant 7)
 */
public record HealthLimits(Duration testMaxAge, Duration clockUncertainty) {}
