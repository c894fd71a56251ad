package io.holdfast.replicationagent.adapter.qga;

import io.holdfast.replicationagent.machine.guest.GuestDoor;
import io.holdfast.replicationagent.quiesce.Deadline;
import io.holdfast.replicationagent.quiesce.GuestAgentException;
import io.holdfast.replicationagent.quiesce.GuestAgents;
import io.holdfast.replicationagent.quiesce.GuestPower;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Guests with QEMU's guest agent behind a virtio-serial port whose other end is a Unix socket on this host. */
public final class QgaGuestAgents implements GuestAgents, GuestPower {
    private final List<Path> roots;

    /** @param roots folders below which such sockets may lie: no control plane can make an agent speak to any other */
    public QgaGuestAgents(List<Path> roots) {
        this.roots = roots.stream().map(QgaGuestAgents::real).toList();
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException missing) {
            return path.toAbsolutePath().normalize();
        }
    }

    @Override
    public Connection connect(Path socket, Deadline deadline) throws GuestAgentException {
        return open(socket, deadline);
    }

    @Override
    public void requestShutdown(Path socket, Deadline deadline) throws GuestAgentException {
        try (QgaConnection connection = open(socket, deadline)) {
            connection.requestShutdown(deadline);
        }
    }

    /** The way into the guest whose agent is behind this socket. */
    public GuestDoor door(Path socket) {
        return new QgaDoor((command, arguments, deadline) -> {
            try (QgaConnection connection = open(socket, deadline)) {
                return connection.ask(command, arguments, deadline);
            }
        });
    }

    private QgaConnection open(Path socket, Deadline deadline) throws GuestAgentException {
        Path real = real(socket);
        if (roots.stream().noneMatch(real::startsWith)) {
            throw new GuestAgentException(
                    GuestAgentException.Kind.REFUSED,
                    "the socket %s is below none of holdfast.agent.qemu-socket-roots %s".formatted(real, roots));
        }
        return QgaConnection.open(socket, deadline);
    }
}
