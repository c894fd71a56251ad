package io.holdfast.protectiongroup.adapter.runtime;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** What is kept to plan with (docs/capacity.md). */
@ConfigMapping(prefix = "holdfast.capacity")
public interface CapacitySettings {
    /**
     * How long it is known what guests wrote, by minutes: 1 to 30 days. Longer sees weekly and monthly peaks and costs a row of some 1.5 KiB
     * per group and hour.
     */
    @WithDefault("7d")
    Duration keep();
}
