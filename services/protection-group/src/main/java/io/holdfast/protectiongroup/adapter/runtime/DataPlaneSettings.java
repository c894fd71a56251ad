package io.holdfast.protectiongroup.adapter.runtime;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How long the data plane's words are believed. */
@ConfigMapping(prefix = "holdfast.data-plane")
public interface DataPlaneSettings {
    /**
     * A journal or a router that has said nothing for longer is unknown. Both speak every 2 s. Larger shows a dead link
     * later; smaller shows a slow broker as a dead link.
     */
    @WithDefault("15s")
    Duration silence();

    /**
     * By how much the clocks of two machines may differ before a word counts as old when it arrives. Larger hides the age of a
     * backlog; smaller turns a badly set clock into unknown.
     */
    @WithDefault("2s")
    Duration clockTolerance();

    /** A running recovery test that has not been heard of for longer is not shown any more. */
    @WithDefault("24h")
    Duration testSilence();
}
