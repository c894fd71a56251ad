package io.holdfast.protectiongroup.adapter.runtime;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How named checkpoints are asked for. */
@ConfigMapping(prefix = "holdfast.checkpoint-requests")
public interface CheckpointSettings {
    /** The router drops the order after this: a checkpoint much later than asked for is not the one that was meant. */
    @WithDefault("30s")
    Duration expiresAfter();

    /** Requests of one group that may wait at once; more are refused. */
    @WithDefault("16")
    int maxWaiting();
}
