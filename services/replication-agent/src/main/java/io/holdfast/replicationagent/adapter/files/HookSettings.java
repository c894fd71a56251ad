package io.holdfast.replicationagent.adapter.files;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where hooks are configured.
 *
 * @param file on this host; empty = there are no hooks
 * @param roots folders in the guest below which commands may lie
 */
public record HookSettings(Optional<Path> file, List<String> roots) {
    public static final HookSettings NONE = new HookSettings(Optional.empty(), List.of("/etc/holdfast/hooks/"));

    public HookSettings {
        roots = List.copyOf(roots);
    }
}
