package io.holdfast.journalstore.adapter.relay;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Further sites that this store's journals are offered to, by a name of the operator's choice:
 * {@code holdfast.relay.targets.paris.routers=router.paris.example:9443}. None by default.
 */
@ConfigMapping(prefix = "holdfast.relay")
public interface RelaySettings {
    Map<String, Target> targets();

    /** Sent and not acknowledged, per group. Larger: faster over long links; more memory while a link is slow. */
    @WithDefault("16MiB")
    String unackedLimit();

    /** One further site. The files are PEM; the certificate is one that the target's authority gave to an agent. */
    interface Target {
        /** host:port of the target's routers, in the order in which they are tried. */
        List<String> routers();

        String certificate();

        String key();

        String trust();

        /** DSCP of the packets to the target, 0 to 63, for the network's own rules. */
        @WithDefault("0")
        int dscp();

        /** Groups to offer, by id; empty = all of this store. */
        Optional<List<String>> groups();
    }
}
