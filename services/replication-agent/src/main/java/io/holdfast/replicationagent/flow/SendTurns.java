package io.holdfast.replicationagent.flow;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.rate.TokenBucket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Decides what one session sends next: of the groups that have a batch, those whose rate and the link's allow it and whose batch the credit covers; of these the one whose turn it is.
 *
 * <p>Heartbeats, answers and everything else but batches pass without a turn. Threads: the session's sender.
 */
public final class SendTurns {
    /** Windows open and policies change without waking the sender. */
    private static final long LOOK_AGAIN_NANOS = Duration.ofMillis(500).toNanos();

    private final LinkLimits limits;
    private final Credit credit;
    private final FairOrder<PgId> order = new FairOrder<>();

    /** @param bytes of the body before compression: the most that it may become */
    public record Offer(PgId pg, long bytes) {}

    /** @param next whose batch is sent now; empty = none is for {@code waitNanos}, unless something changes */
    public record Turn(Optional<PgId> next, long waitNanos) {}

    public SendTurns(LinkLimits limits, Credit credit) {
        this.limits = limits;
        this.credit = credit;
    }

    public Turn next(List<Offer> offers) {
        List<PgId> ready = new ArrayList<>(offers.size());
        long wait = Long.MAX_VALUE;
        for (Offer offer : offers) {
            long nanos = limits.nanosUntilReady(offer.pg());
            if (nanos > 0) {
                wait = Math.min(
                        wait, nanos == TokenBucket.NOT_NOW ? LOOK_AGAIN_NANOS : Math.min(nanos, LOOK_AGAIN_NANOS));
            } else if (credit.covers(offer.bytes())) {
                ready.add(offer.pg());
            }
        }
        Optional<PgId> next = order.next(ready);
        return new Turn(next, next.isPresent() ? 0 : wait);
    }

    /** @param bytes of the body as it was sent */
    public void sent(PgId pg, long bytes) {
        credit.spend(bytes);
        limits.sent(pg, bytes);
        order.sent(pg, bytes, group -> FairOrder.weightOf(limits.priority(group)));
    }
}
