package io.holdfast.replicationrouter.runtime;

import io.holdfast.changestream.BatchHeader;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.proto.v1.ChangeBatch;
import io.holdfast.proto.v1.CommandResult;
import io.holdfast.proto.v1.Frozen;
import io.holdfast.proto.v1.HashRequest;
import io.holdfast.proto.v1.Heartbeat;
import io.holdfast.proto.v1.Held;
import io.holdfast.proto.v1.Hello;
import io.holdfast.proto.v1.HoldEnded;
import io.holdfast.proto.v1.InventoryReport;
import io.holdfast.proto.v1.MachineScreen;
import io.holdfast.proto.v1.MachinesReport;
import io.holdfast.proto.v1.OwnershipReport;
import io.holdfast.proto.v1.Thawed;

/** A frame of an agent after the checks that need no state; those run on the connection's thread, not on the loop. */
public sealed interface InboundFrame {
    record Greets(Hello hello) implements InboundFrame {}

    /** A batch whose header and checksum are good. */
    record Carries(BatchHeader header, ChangeBatch batch) implements InboundFrame {}

    record Beats(Heartbeat heartbeat) implements InboundFrame {}

    record Reports(InventoryReport inventory) implements InboundFrame {}

    /** All machines that the agent runs for recovery runs. */
    record Runs(MachinesReport machines) implements InboundFrame {}

    record Shows(MachineScreen screen) implements InboundFrame {}

    record Fences(OwnershipReport ownership) implements InboundFrame {}

    record Holds(Held held) implements InboundFrame {}

    record EndsHold(HoldEnded ended) implements InboundFrame {}

    record Freezes(Frozen frozen) implements InboundFrame {}

    record Thaws(Thawed thawed) implements InboundFrame {}

    record Answers(CommandResult result) implements InboundFrame {}

    record Asks(HashRequest request) implements InboundFrame {}

    /** Not a frame of the contract; the session ends with the cause's code. */
    record Malformed(HoldfastException cause) implements InboundFrame {}
}
