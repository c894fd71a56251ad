package io.holdfast.recoveryplan.rehearsal;

import java.time.Duration;
import java.util.Optional;

/**
 * How often a plan has to be rehearsed, and when it is by itself.
 *
 * @param overdueAfter empty = as the site says
 * @param schedule empty = only persons order its rehearsals
 */
public record RehearsalPolicy(Optional<Duration> overdueAfter, Optional<RehearsalSchedule> schedule) {
    public static final RehearsalPolicy NONE = new RehearsalPolicy(Optional.empty(), Optional.empty());
}
