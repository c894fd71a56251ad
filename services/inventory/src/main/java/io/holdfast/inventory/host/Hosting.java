package io.holdfast.inventory.host;

import java.util.List;

/**
 * What a host can do for machines of recovery runs.
 *
 * @param adapters how it runs them, such as qemu; empty = not at all
 * @param networks names that its configuration has
 * @param memoryLimitBytes that machines of runs may have together
 */
public record Hosting(List<String> adapters, List<String> networks, long memoryLimitBytes, long memoryUsedBytes) {
    public static final Hosting NONE = new Hosting(List.of(), List.of(), 0, 0);

    public Hosting {
        adapters = List.copyOf(adapters);
        networks = List.copyOf(networks);
    }
}
