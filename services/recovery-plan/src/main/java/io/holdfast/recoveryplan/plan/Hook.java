package io.holdfast.recoveryplan.plan;

import java.time.Duration;
import java.util.Optional;

/**
 * Something of the company's own that is done before or after a recovery group is recovered.
 *
 * @param timeout of one attempt, 1 s to 1 h
 * @param attempts how often it is tried when it fails, 1 to 20
 * @param retryDelay before the second attempt, doubling; 100 ms to 10 min
 * @param inTest whether it is also done in a rehearsal, which must change nothing outside of itself
 * @param onFailure empty = as the group's steps
 */
public record Hook(
        String name,
        HookCall call,
        Duration timeout,
        int attempts,
        Duration retryDelay,
        boolean inTest,
        OnUnknown onUnknown,
        Optional<OnFailure> onFailure) {

    /** What follows when nobody knows whether an attempt had its effect: the executor was killed, or no answer came. */
    public enum OnUnknown {
        /** At least once: it is done again, under the same idempotency key. */
        RUN_AGAIN,
        /** At most once: the step fails, and a person decides. */
        FAIL
    }
}
