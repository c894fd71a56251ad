package io.holdfast.replicationagent;

import io.smallrye.config.ConfigMapping;

/** Which site the agent belongs to. */
@ConfigMapping(prefix = "holdfast.site")
public interface SiteConfig {
    String id();
}
