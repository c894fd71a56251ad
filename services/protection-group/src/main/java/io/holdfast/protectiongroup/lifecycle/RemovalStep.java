package io.holdfast.protectiongroup.lifecycle;

import io.holdfast.kernel.id.CommandId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What the clock does to a removal.
 *
 * @param next the state from now on
 * @param order a DeleteJournal command that has to be sent under this id
 */
public record RemovalStep(Removal next, Optional<CommandId> order) {

    /**
     * @param grace how long the data plane gets to take in the REMOVED policy
     * @param retryAfter how long one attempt waits for its answer, and how long after a refusal the next one comes
     * @param maxAttempts 1 or more; afterwards a person has to ask again
     */
    public record Limits(Duration grace, Duration retryAfter, int maxAttempts) {}

    public static RemovalStep at(Instant now, Removal removal, Limits limits, Supplier<CommandId> ids) {
        return switch (removal) {
            case Removal.AwaitingJournal waiting ->
                now.isBefore(waiting.since().plus(limits.grace()))
                        ? stay(waiting)
                        : order(waiting.order(ids.get(), now));
            case Removal.Deleting deleting -> {
                if (now.isBefore(deleting.orderedAt().plus(limits.retryAfter()))) {
                    yield stay(deleting);
                }
                yield deleting.attempt() >= limits.maxAttempts()
                        ? stay(deleting.giveUp())
                        : order(deleting.again(ids.get(), now));
            }
            case Removal.NothingStored done -> stay(done);
            case Removal.JournalKept done -> stay(done);
            case Removal.JournalDeleted done -> stay(done);
            case Removal.DeletionFailed done -> stay(done);
        };
    }

    private static RemovalStep stay(Removal removal) {
        return new RemovalStep(removal, Optional.empty());
    }

    private static RemovalStep order(Removal.Deleting deleting) {
        return new RemovalStep(deleting, Optional.of(deleting.command()));
    }
}
