package io.holdfast.replicationagent;

import io.holdfast.changestream.Batches;
import io.holdfast.kernel.DataSize;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.replicationagent.adapter.files.HookSettings;
import io.holdfast.replicationagent.adapter.grpc.RouterTls;
import io.holdfast.replicationagent.adapter.machine.MachineSettings;
import io.holdfast.replicationagent.adapter.qemu.LiveSettings;
import io.holdfast.replicationagent.ownership.RestartRule;
import io.holdfast.replicationagent.uplink.LinkSettings;
import io.holdfast.replicationagent.uplink.RouterAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Everything that can be set, checked against each other. {@link AgentConfig} says what each costs.
 *
 * @param hardwareUuid instead of the machine's own; 1 to 64 characters
 * @param nbdPort 0 = a free one
 */
public record AgentSettings(
        SiteId site,
        Optional<AgentId> agent,
        Optional<HostId> host,
        Optional<String> hardwareUuid,
        Path stateDirectory,
        List<RouterAddress> routers,
        String nbdBindAddress,
        int nbdPort,
        List<Path> diskRoots,
        DataSize ringSize,
        DataSize batchSize,
        LinkSettings link,
        Duration intentSettleInterval,
        Duration stopTimeout,
        LiveSettings live,
        HookSettings hooks,
        MachineSettings machines,
        RestartRule ownership,
        RouterTls tls) {

    /** The smallest segment holds the largest record and its header. */
    private static final DataSize MIN_BATCH = new DataSize(256 << 10);

    private static final DataSize MAX_BATCH = new DataSize(Batches.MAX_BODY_BYTES);
    /** What Linux takes for an interface, as far as anybody uses it. */
    private static final Pattern BRIDGE = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}");

    private static final int MIN_SEGMENTS = 4;
    private static final int MAX_HARDWARE_UUID = 64;
    private static final DataSize MAX_RING = new DataSize(64L << 30);

    /** An address holds 107 bytes; "/qemu-", an id and ".sock" take 47. */
    private static final int MAX_SOCKET_DIRECTORY = 60;

    public AgentSettings {
        routers = List.copyOf(routers);
        diskRoots = List.copyOf(diskRoots);
        require(
                hardwareUuid
                        .map(String::length)
                        .filter(length -> length > MAX_HARDWARE_UUID)
                        .isEmpty(),
                "holdfast.agent.hardware-uuid is longer than " + MAX_HARDWARE_UUID + " characters");
        require(!routers.isEmpty(), "holdfast.agent.routers names no router; write host:port, several with commas");
        require(!diskRoots.isEmpty(), "holdfast.agent.disk-roots names no folder; no disk could be attached");
        require(
                nbdPort >= 0 && nbdPort <= 65_535,
                "holdfast.agent.nbd-port is " + nbdPort + "; a port is 1 to 65535, or 0 for a free one");
        require(
                batchSize.compareTo(MIN_BATCH) >= 0 && batchSize.compareTo(MAX_BATCH) <= 0,
                "holdfast.agent.batch-size is %s; %s to %s are allowed".formatted(batchSize, MIN_BATCH, MAX_BATCH));
        require(
                ringSize.bytes() >= MIN_SEGMENTS * batchSize.bytes() && ringSize.compareTo(MAX_RING) <= 0,
                "holdfast.agent.ring-size is %s; at least %d times the batch size (%s) and at most %s are allowed"
                        .formatted(ringSize, MIN_SEGMENTS, batchSize, MAX_RING));
        requireWithin("holdfast.agent.batch-linger", link.linger(), Duration.ofMillis(1), Duration.ofSeconds(1));
        requireWithin(
                "holdfast.agent.connect-timeout", link.connectTimeout(), Duration.ofMillis(100), Duration.ofMinutes(2));
        requireWithin(
                "holdfast.agent.reconnect-first", link.firstBackoff(), Duration.ofMillis(10), Duration.ofMinutes(1));
        requireWithin("holdfast.agent.reconnect-most", link.mostBackoff(), link.firstBackoff(), Duration.ofMinutes(10));
        requireWithin(
                "holdfast.agent.intent-settle-interval",
                intentSettleInterval,
                Duration.ofMillis(50),
                Duration.ofMinutes(10));
        requireWithin("holdfast.agent.image-wait", live.imageWait(), Duration.ofSeconds(1), Duration.ofMinutes(10));
        require(
                live.socketDirectory().toString().length() <= MAX_SOCKET_DIRECTORY,
                "holdfast.agent.socket-directory is %s; at most %d characters are allowed, as a socket's address is short"
                        .formatted(live.socketDirectory(), MAX_SOCKET_DIRECTORY));
        machines.bridges()
                .forEach((name, bridge) -> require(
                        BRIDGE.matcher(bridge).matches(),
                        "holdfast.agent.machines.networks.%s.bridge is '%s'; the name of a bridge has 1 to 15 letters, digits, dots, underscores and hyphens"
                                .formatted(name, bridge)));
        requireWithin(
                "holdfast.agent.ownership.confirm-limit", ownership.confirmLimit(), Duration.ZERO, Duration.ofHours(1));
        requireWithin("holdfast.agent.stop-timeout", stopTimeout, Duration.ZERO, Duration.ofMinutes(10));
    }

    private static void requireWithin(String name, Duration value, Duration least, Duration most) {
        require(
                value.compareTo(least) >= 0 && value.compareTo(most) <= 0,
                "%s is %s; %s to %s are allowed".formatted(name, value, least, most));
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new HoldfastException(CommonError.INVALID_CONFIGURATION, otherwise);
        }
    }
}
