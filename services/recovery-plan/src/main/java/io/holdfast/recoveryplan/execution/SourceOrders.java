package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VmId;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/** Orders to agents about VMs of the source. Thread-safe; every call is bounded in time. */
public interface SourceOrders {

    /**
     * Orders the VM to shut down, unless an order under this id may still be answered, and listens for a while.
     *
     * @param orderId of all attempts that are one order
     * @return empty if there is no answer yet
     */
    Optional<Answer> shutDown(UUID orderId, AgentId agent, VmId vm, Duration grace);

    /** @param code stable code and a sentence of a refusal or failure; else empty */
    record Answer(boolean ok, String code, String message) {}
}
