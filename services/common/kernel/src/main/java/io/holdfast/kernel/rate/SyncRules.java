package io.holdfast.kernel.rate;

import java.util.Objects;

/**
 * Rules of a group's syncs: initial, bitmap, delta and full.
 *
 * @param rate of what a sync copies; guest writes are not counted
 * @param resyncThresholdPercent 1 to 100: a bitmap that notes more than this part of a volume's size is compared before it is sent
 */
public record SyncRules(RateLimit rate, int resyncThresholdPercent) {
    public static final int DEFAULT_RESYNC_THRESHOLD_PERCENT = 50;
    public static final SyncRules DEFAULT = new SyncRules(RateLimit.UNLIMITED, DEFAULT_RESYNC_THRESHOLD_PERCENT);

    /** @throws IllegalArgumentException for a threshold out of its range */
    public SyncRules {
        Objects.requireNonNull(rate, "rate");
        if (resyncThresholdPercent < 1 || resyncThresholdPercent > 100) {
            throw new IllegalArgumentException("must be 1 to 100 percent, not " + resyncThresholdPercent);
        }
    }
}
