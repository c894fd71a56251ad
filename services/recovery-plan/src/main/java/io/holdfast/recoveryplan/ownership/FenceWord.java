package io.holdfast.recoveryplan.ownership;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VmId;
import java.time.Instant;
import java.util.List;

/**
 * What an agent has made of the ownership of a VM, by its newest report.
 *
 * @param epoch of the ownership that this is the effect of
 * @param code stable code and a sentence when {@code FENCE_FAILED}; else empty
 * @param unsent of {@code FENCED}, once per volume; one that is not named may hold unreceived writes anywhere
 */
public record FenceWord(
        AgentId agent,
        VmId vmId,
        long epoch,
        State state,
        Instant since,
        String code,
        String message,
        List<Unsent> unsent) {
    /** Most volumes that are named. */
    public static final int MAX_UNSENT = 256;

    /** @throws IllegalArgumentException for what was not received of a VM that is not fenced, of too many volumes, or of one twice */
    public FenceWord {
        unsent = List.copyOf(unsent);
        if (!unsent.isEmpty() && state != State.FENCED) {
            throw new IllegalArgumentException(
                    "a VM that is %s does not know yet what it has not sent".formatted(state));
        }
        if (unsent.size() > MAX_UNSENT
                || unsent.stream().map(Unsent::volumeId).distinct().count() < unsent.size()) {
            throw new IllegalArgumentException("too many volumes, or one twice");
        }
    }

    /** Names no volume. */
    public FenceWord(AgentId agent, VmId vmId, long epoch, State state, Instant since, String code, String message) {
        this(agent, vmId, epoch, state, since, code, message, List.of());
    }

    public enum State {
        SERVED,
        FENCING,
        FENCED,
        FENCE_FAILED
    }
}
