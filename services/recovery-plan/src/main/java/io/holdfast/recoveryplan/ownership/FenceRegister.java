package io.holdfast.recoveryplan.ownership;

import io.holdfast.kernel.id.AgentId;
import java.time.Instant;
import java.util.List;

/** Takes what agents report about ownership. Thread-safe; part of the caller's transaction. */
public interface FenceRegister {
    /** Takes a whole report: what the agent said before and does not say now is forgotten. */
    void reported(AgentId agent, List<FenceWord> words, Instant at);
}
