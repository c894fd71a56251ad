package io.holdfast.replicationagent.adapter.qemu;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * How running machines are captured.
 *
 * @param socketDirectory where sockets between the agent and its QEMUs are made; a path of at most 60 characters, as a socket's address holds 107
 * @param socketRoots folders below which monitor and guest agent sockets may lie
 * @param maintenanceInterval how often a machine is looked after: longer keeps bitmaps larger and notices some breaks later
 */
public record LiveSettings(Path socketDirectory, List<Path> socketRoots, Duration maintenanceInterval) {
    public LiveSettings {
        socketRoots = List.copyOf(socketRoots);
    }
}
