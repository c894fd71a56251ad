package io.holdfast.recoveryplan.plan;

import io.holdfast.kernel.id.VmId;
import java.util.Optional;

/**
 * How a machine shows that it works; the agent of its host probes. A machine is ready when each of its probes has passed once.
 */
public sealed interface MachineProbe {
    /** The one machine that it is for; empty = every machine of the group. */
    Optional<VmId> vmId();

    /** Whether no other machine can answer in its place: it asks the guest itself, or at an address that the machine is given. */
    default boolean reachesNoOther() {
        return switch (this) {
            case Tcp tcp -> tcp.address().isEmpty();
            case Http http -> http.address().isEmpty();
            case GuestAgent _, Console _ -> true;
        };
    }

    /** A connection is accepted. @param address IPv4 or IPv6, as reached from the network of the machine's first connected NIC; empty = what this card is given by the plan */
    record Tcp(Optional<VmId> vmId, String address, int port) implements MachineProbe {}

    /** A GET is answered with 200 to 399. */
    record Http(Optional<VmId> vmId, String address, int port, String path) implements MachineProbe {}

    /** The QEMU guest agent answers. */
    record GuestAgent(Optional<VmId> vmId) implements MachineProbe {}

    /** The first serial port has printed this text. */
    record Console(Optional<VmId> vmId, String text) implements MachineProbe {}
}
