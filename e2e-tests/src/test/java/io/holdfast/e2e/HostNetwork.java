package io.holdfast.e2e;

import io.holdfast.e2e.tools.Command;
import java.time.Duration;
import java.util.List;

/** A bridge of this host that leads nowhere, for machines that are attached to a network of the host. */
record HostNetwork(String bridge) implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Makes it, and takes away one that a test before has left. */
    static HostNetwork make(String bridge) {
        Command.tryRun(LIMIT, "ip", "link", "delete", bridge);
        Command.run(LIMIT, "ip", "link", "add", bridge, "type", "bridge");
        Command.run(LIMIT, "ip", "link", "set", bridge, "up");
        return new HostNetwork(bridge);
    }

    /** Devices that are plugged in now. */
    List<String> members() {
        return Command.run(LIMIT, "ip", "-br", "link", "show", "master", bridge)
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
    }

    @Override
    public void close() {
        Command.run(LIMIT, "ip", "link", "delete", bridge);
    }
}
