package io.holdfast.recoveryplan.machine;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.recoveryplan.plan.Hook;
import io.holdfast.recoveryplan.plan.HookCall;
import java.util.UUID;

/**
 * An order to run a command inside of a machine's guest.
 *
 * @param machineId of the copy that the run has started
 * @param key the same in all attempts of one wish; the command can see it
 * @param attempt from 1
 * @param hook bounds its time, and says whether it may be begun twice
 */
public record GuestOrder(AgentId agent, UUID machineId, String key, int attempt, Hook hook, HookCall.Guest command) {
    public boolean atMostOnce() {
        return hook.onUnknown() == Hook.OnUnknown.FAIL;
    }
}
