package io.holdfast.platform.db;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;

/** How the relay of the outbox works. */
@ConfigMapping(prefix = "holdfast.outbox")
public interface OutboxSettings {
    /** How often to look for messages that another pod wrote; own ones wake the relay. Shorter asks the database more. */
    @WithDefault("500ms")
    Duration pollInterval();

    /** Messages per transaction of the relay. Larger holds its lock longer, smaller commits more often. */
    @WithDefault("200")
    @Min(1)
    @Max(10_000)
    int batchRows();
}
