package io.holdfast.recoveryplan.ownership;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VmId;
import java.time.Instant;

/**
 * What an agent has made of the ownership of a VM, by its newest report.
 *
 * @param epoch of the ownership that this is the effect of
 * @param code stable code and a sentence when {@code FENCE_FAILED}; else empty
 */
public record FenceWord(AgentId agent, VmId vmId, long epoch, State state, Instant since, String code, String message) {
    public enum State {
        SERVED,
        FENCING,
        FENCED,
        FENCE_FAILED
    }
}
