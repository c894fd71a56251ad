package io.holdfast.kernel.rate;

import java.util.Objects;

/**
 * What a group may use of the link between an agent and its recovery site.
 *
 * @param priority {@value #MIN_PRIORITY} to {@value #MAX_PRIORITY}: weight among the groups that share the link, each step twice the share of the one below
 * @param rate of everything that the group sends, per agent
 */
public record TransferRules(int priority, RateLimit rate, SyncRules sync) {
    public static final int MIN_PRIORITY = 1;
    public static final int MAX_PRIORITY = 9;
    public static final int DEFAULT_PRIORITY = 5;
    public static final TransferRules DEFAULT =
            new TransferRules(DEFAULT_PRIORITY, RateLimit.UNLIMITED, SyncRules.DEFAULT);

    /** @throws IllegalArgumentException for a priority out of its range */
    public TransferRules {
        Objects.requireNonNull(rate, "rate");
        Objects.requireNonNull(sync, "sync");
        if (priority < MIN_PRIORITY || priority > MAX_PRIORITY) {
            throw new IllegalArgumentException(
                    "must be %d to %d, not %d".formatted(MIN_PRIORITY, MAX_PRIORITY, priority));
        }
    }
}
