package io.holdfast.recoveryplan.machine;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.HostId;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/** Takes what is told about hosts and their machines. Thread-safe; every call is part of the caller's transaction. */
public interface HostRegister {

    /** Takes the newest word; an older revision than the known one changes nothing. @param memoryUsed of machines, in bytes; {@code host.freeBytes} is not looked at */
    void learn(MachineHost host, long memoryLimit, long memoryUsed, long revision);

    void forget(HostId id);

    /** Takes a whole report: machines of the agent that it does not have are gone. */
    void report(AgentId agent, Map<UUID, MachineWord.Reported> machines, Instant at);

    /** Takes the answer to a command; one that this service did not send is ignored. */
    void answered(CommandId command, boolean ok, String code, String message);
}
