package io.holdfast.replicationagent.adapter.qemu;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * How QEMU and its tools are used: for running machines and for images that are not raw.
 *
 * @param socketDirectory where sockets between the agent and its QEMUs are made; a path of at most 60 characters, as a socket's address holds 107
 * @param socketRoots folders below which monitor and guest agent sockets may lie
 * @param maintenanceInterval how often a machine is looked after: longer keeps bitmaps larger and notices some breaks later
 * @param imageWait how long a guest's request waits for an image's process that died, before it fails
 */
public record LiveSettings(
        Path socketDirectory, List<Path> socketRoots, Duration maintenanceInterval, Duration imageWait) {
    public LiveSettings {
        socketRoots = List.copyOf(socketRoots);
    }
}
