package io.holdfast.protectiongroup.adapter.runtime;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How a journal is deleted. */
@ConfigMapping(prefix = "holdfast.removal")
public interface RemovalSettings {
    /** Time for routers and journals to take in that a policy is REMOVED. Smaller makes the first order likely refused. */
    @WithDefault("5s")
    Duration grace();

    /** After how long an unanswered or refused deletion is ordered again. */
    @WithDefault("30s")
    Duration retryAfter();

    /** Orders before it is given up and shown as failed: 20 × 30 s covers a journal pod that is being moved. */
    @WithDefault("20")
    int maxAttempts();
}
