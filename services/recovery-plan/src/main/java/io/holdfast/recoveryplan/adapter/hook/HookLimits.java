package io.holdfast.recoveryplan.adapter.hook;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What hooks may reach; nothing unless it is said.
 *
 * @param programs directory of the programs; empty = there are none
 * @param httpHosts {@code host} or {@code host:port} that requests may go to
 * @param secrets directory with one file for each secret, named like it
 */
public record HookLimits(Optional<Path> programs, List<String> httpHosts, Optional<Path> secrets) {
    /** The end of what a hook writes is kept in its run, at most this much. */
    static final int OUTPUT_BYTES = 8 << 10;

    public HookLimits {
        httpHosts = List.copyOf(httpHosts);
    }
}
