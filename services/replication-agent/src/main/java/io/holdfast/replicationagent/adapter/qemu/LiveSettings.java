package io.holdfast.replicationagent.adapter.qemu;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * How QEMU and its tools are used: for running machines and for images that are not raw.
 *
 * @param socketDirectory where sockets between the agent and its QEMUs are made; a path of at most 60 characters, as a socket's address holds 107
 * @param socketRoots folders below which monitor and guest agent sockets may lie
 * @param maintenanceInterval how often a machine is looked after: longer keeps bitmaps larger and notices some breaks later
 * @param imageWait how long a guest's request waits for an image's process that died, before it fails
 * @param scratchDirectory for snapshots while what changed is sent: room for what guests overwrite meanwhile
 * @param intervalsMs intervals between polls that may be asked for; tests allow shorter ones
 */
public record LiveSettings(
        Path socketDirectory,
        List<Path> socketRoots,
        Duration maintenanceInterval,
        Duration imageWait,
        Path scratchDirectory,
        Set<Integer> intervalsMs) {
    /** 30 s, 5 min, 15 min (architecture, section 3). */
    public static final Set<Integer> INTERVALS_MS = Set.of(30_000, 300_000, 900_000);

    public LiveSettings {
        socketRoots = List.copyOf(socketRoots);
        intervalsMs = Set.copyOf(intervalsMs);
    }
}
