package io.holdfast.replicationagent.machine.guest;

import io.holdfast.replicationagent.machine.guest.GuestCommandState.Ended;

/**
 * What survives the agent of a guest command.
 *
 * @param sendings how often its current attempt was sent to the guest
 */
public record GuestCommandRecord(GuestCommand command, int sendings, GuestCommandState state) {
    GuestCommandRecord with(GuestCommandState next) {
        return new GuestCommandRecord(command, sendings, next);
    }

    GuestCommandRecord sent(long nowMicros) {
        return new GuestCommandRecord(command, sendings + 1, new GuestCommandState.Sent(nowMicros));
    }

    /**
     * What a later order of the same wish makes of it: one that failed begins anew, one that is under way or has succeeded counts for the greater attempt, too.
     */
    GuestCommandRecord joinedBy(GuestCommand later, long nowMicros) {
        if (later.attempt() <= command.attempt()) {
            return this;
        }
        return state instanceof Ended ended && ended.failure().isPresent()
                ? new GuestCommandRecord(later, 0, new GuestCommandState.Ordered(nowMicros))
                : new GuestCommandRecord(later, sendings, state);
    }

    boolean hasEnded() {
        return state instanceof Ended;
    }
}
