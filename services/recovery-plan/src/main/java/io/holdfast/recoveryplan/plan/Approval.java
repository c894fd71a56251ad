package io.holdfast.recoveryplan.plan;

import java.time.Duration;

/**
 * A person's word without which a recovery group is not begun.
 *
 * @param text for that person: what to look at before agreeing; may be empty
 * @param timeout how long the word is waited for, 1 min to 7 d
 */
public record Approval(String name, String text, Duration timeout, AtLimit atLimit) {
    /** What it means when nobody has said anything in time. */
    public enum AtLimit {
        REJECT,
        APPROVE
    }
}
