package io.holdfast.protectiongroup.adapter.runtime;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How health is judged. */
@ConfigMapping(prefix = "holdfast.health")
public interface HealthSettings {
    /**
     * How often every group is looked at when nothing happens. Larger shows silence later by as much; smaller costs queries.
     */
    @WithDefault("2s")
    Duration evaluationInterval();

    /** A group whose last successful recovery test is older is not tested any more. */
    @WithDefault("180d")
    Duration testMaxAge();

    /**
     * Added to every shown RPO: by how much our clock may be behind the routers' without evidence. Larger shows the RPO higher
     * than it is; smaller breaks "never lower than the true one" on machines whose clocks differ more.
     */
    @WithDefault("100ms")
    Duration clockUncertainty();
}
