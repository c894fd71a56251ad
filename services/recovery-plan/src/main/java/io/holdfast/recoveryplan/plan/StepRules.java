package io.holdfast.recoveryplan.plan;

import java.time.Duration;
import java.util.Optional;

/**
 * How often, how long and with which consequence the steps of a recovery group are tried. What is empty is as the plan says for all groups, and
 * then as the service is set.
 *
 * @param timeout from a step's first attempt; no other one begins after it. 1 s to 24 h
 * @param attempts 1 to 100
 * @param firstDelay before the second attempt; doubles up to {@code longestDelay}. Both 10 ms to 10 min
 */
public record StepRules(
        Optional<Duration> timeout,
        Optional<Integer> attempts,
        Optional<Duration> firstDelay,
        Optional<Duration> longestDelay,
        Optional<OnFailure> onFailure) {
    public static final StepRules NONE =
            new StepRules(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /** These rules, and what they leave open as the others say. */
    public StepRules or(StepRules others) {
        return new StepRules(
                timeout.or(others::timeout),
                attempts.or(others::attempts),
                firstDelay.or(others::firstDelay),
                longestDelay.or(others::longestDelay),
                onFailure.or(others::onFailure));
    }
}
