package io.holdfast.replicationagent.adapter.qemu;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.server.NbdServer;
import io.holdfast.nbd.server.ServerLimits;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.adapter.qmp.QmpException;
import io.holdfast.replicationagent.hosting.Capture;
import io.holdfast.replicationagent.hosting.LiveMachines;
import io.holdfast.replicationagent.hosting.TrackingStore;
import io.holdfast.replicationagent.hosting.VmAttachment;
import io.holdfast.replicationagent.hosting.VmAttachment.VolumeAttachment;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Captures machines under QEMU. All taps of an agent come in on one private socket; guests cannot reach it.
 *
 * <p>Threads: the agent's control thread.
 */
public final class QemuLive implements LiveMachines {
    private static final long TAP_PAYLOAD_BYTES = 64L << 20;
    private static final int TAP_CONNECTIONS = 1_024;

    private final LiveSettings settings;
    private final TrackingStore store;
    private final TapExports exports = new TapExports();
    private final NbdServer server;
    private final Path tapSocket;
    private boolean listening;

    public QemuLive(LiveSettings settings, TrackingStore store) {
        this.settings = settings;
        this.store = store;
        this.tapSocket = settings.socketDirectory().resolve("tap.sock");
        this.server = new NbdServer(
                exports,
                ServerLimits.DEFAULT.withPayloadMemoryBytes(TAP_PAYLOAD_BYTES).withConnections(TAP_CONNECTIONS));
    }

    @Override
    public Machine attach(VmAttachment vm, Listener listener) {
        Capture.Live capture = (Capture.Live) vm.capture();
        requireInterval(capture);
        Path monitor = allowed(capture.qmpSocket());
        listen();
        QemuNbd nbd = new QemuNbd(settings.socketDirectory().resolve("qemu-" + vm.id() + ".sock"));
        QemuGate gate = new QemuGate();
        QemuMachine machine = new QemuMachine(
                vm.id().toString(), monitor, nbd, gate, settings.maintenanceInterval(), listener, () -> halt(vm));
        for (VolumeAttachment volume : vm.volumes()) {
            Tracking tracking = new Tracking(volume.id(), store, System::currentTimeMillis);
            LiveDisk.Parts parts = new LiveDisk.Parts(volume, nbd, gate, tracking);
            machine.add(
                    switch (capture) {
                        case Capture.Tap _ -> tap(parts, machine);
                        case Capture.Interval polled ->
                            new IntervalDisk(
                                    parts, settings.scratchDirectory(), Duration.ofMillis(polled.intervalMs()));
                    });
        }
        machine.start();
        return machine;
    }

    @Override
    public Halt halt(VmAttachment vm) {
        return withMonitor(vm, Halt.GONE, QemuPower::halt);
    }

    @Override
    public void stayAtShutdown(VmAttachment vm, Optional<Machine> captured) {
        look(vm, captured, false, monitor -> {
            QemuPower.stayAtShutdown(monitor);
            return true;
        });
    }

    @Override
    public void pressPowerButton(VmAttachment vm, Optional<Machine> captured) {
        look(vm, captured, false, monitor -> {
            QemuPower.pressButton(monitor);
            return true;
        });
    }

    @Override
    public boolean isDown(VmAttachment vm, Optional<Machine> captured) {
        return look(vm, captured, true, QemuPower::isDown);
    }

    private <T> T look(VmAttachment vm, Optional<Machine> captured, T whenGone, Look<T> look) {
        return captured.flatMap(machine -> ((QemuMachine) machine).look(look))
                .orElseGet(() -> withMonitor(vm, whenGone, look));
    }

    /** Something to do by a monitor. */
    interface Look<T> {
        T at(QemuMonitor monitor) throws QmpException;
    }

    /** By a connection of its own: QEMU's monitor is free while the machine is not captured. */
    private <T> T withMonitor(VmAttachment vm, T whenGone, Look<T> look) {
        Capture.Live capture = (Capture.Live) vm.capture();
        if (!Files.exists(Path.of(capture.qmpSocket()))) {
            return whenGone;
        }
        try (QemuMonitor monitor = QemuMonitor.open(allowed(capture.qmpSocket()), _ -> {}, () -> {})) {
            return look.at(monitor);
        } catch (QmpException failed) {
            if (failed.getCause() instanceof ConnectException) {
                return whenGone;
            }
            throw QemuMonitor.failure(failed);
        }
    }

    private LiveDisk tap(LiveDisk.Parts parts, QemuMachine machine) {
        LiveDisk[] self = new LiveDisk[1];
        self[0] = new TapDisk(parts, tapSocket, exports, () -> machine.interrupt(self[0]));
        return self[0];
    }

    private void requireInterval(Capture.Live capture) {
        if (capture instanceof Capture.Interval polled
                && !settings.intervalsMs().contains(polled.intervalMs())) {
            throw new HoldfastException(
                    AgentError.INTERVAL_NOT_ALLOWED,
                    "an interval of %d ms is not allowed; these are, in ms: %s"
                            .formatted(polled.intervalMs(), new TreeSet<>(settings.intervalsMs())));
        }
    }

    private Path allowed(String socket) {
        Path real;
        try {
            real = Path.of(socket).toRealPath();
        } catch (IOException | InvalidPathException missing) {
            throw new HoldfastException(
                    AgentError.QEMU_UNREACHABLE, "there is no socket '%s'".formatted(socket), missing);
        }
        if (settings.socketRoots().stream().noneMatch(root -> real.startsWith(realOf(root)))) {
            throw new HoldfastException(
                    AgentError.SOCKET_OUTSIDE_ROOTS,
                    "'%s' is not below a folder that holdfast.agent.qemu-socket-roots allows: %s"
                            .formatted(real, settings.socketRoots()));
        }
        return real;
    }

    private static Path realOf(Path root) {
        try {
            return root.toRealPath();
        } catch (IOException missing) {
            return root.toAbsolutePath().normalize();
        }
    }

    private void listen() {
        if (listening) {
            return;
        }
        try {
            Files.createDirectories(settings.socketDirectory());
            server.listen(UnixDomainSocketAddress.of(tapSocket));
            listening = true;
        } catch (IOException | IllegalArgumentException unusable) {
            throw new HoldfastException(
                    AgentError.SOCKET_DIRECTORY_UNUSABLE,
                    "cannot listen on %s (%s); set holdfast.agent.socket-directory to a folder with a short path that QEMU may enter"
                            .formatted(tapSocket, unusable.getMessage()),
                    unusable);
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
