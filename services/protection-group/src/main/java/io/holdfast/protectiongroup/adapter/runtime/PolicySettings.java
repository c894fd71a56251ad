package io.holdfast.protectiongroup.adapter.runtime;

import io.holdfast.proto.v1.Codec;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** What every policy says. */
@ConfigMapping(prefix = "holdfast.policy")
public interface PolicySettings {
    /** NONE, LZ4 or ZSTD: the most that agents may spend on compression. ZSTD costs their CPU, NONE costs the link. */
    @WithDefault("ZSTD")
    Codec codec();
}
