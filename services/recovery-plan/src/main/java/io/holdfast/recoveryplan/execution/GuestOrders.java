package io.holdfast.recoveryplan.execution;

import io.holdfast.recoveryplan.machine.GuestOrder;
import io.holdfast.recoveryplan.machine.GuestWord;

/** Orders to agents about commands inside of guests. Thread-safe. */
@FunctionalInterface
public interface GuestOrders {
    /**
     * Orders the command and listens until it has ended or is refused; at most as long as the agent may take for it, and a little. The agent knows the order
     * again by key and attempt.
     */
    GuestWord run(GuestOrder order);
}
