package io.holdfast.inventory.adapter.quarkus;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;

/** Settings of the inventory. */
@ConfigMapping(prefix = "holdfast.inventory")
public interface InventorySettings {
    /** How long an agent may take to get a command. Longer waits for an agent that is away; shorter says sooner that it is. */
    @WithDefault("2m")
    @DurationMin(seconds = 1)
    Duration commandLifetime();

    /** VMs that this inventory takes; more are refused. Each costs a few rows, and a record in a compacted topic. */
    @WithDefault("10000")
    @Min(1)
    long maxVms();

    /** A label for the site that {@code holdfast.site.id} names. */
    @WithDefault("Local site")
    String siteName();
}
