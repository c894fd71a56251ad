package io.holdfast.replicationagent.flow;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.rate.RateLimit;
import io.holdfast.kernel.rate.Speed;
import io.holdfast.kernel.rate.TokenBucket;
import io.holdfast.kernel.rate.TransferRules;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * The rates of everything that an agent sends to its recovery site: one for all of it, one for each group (features F49, F53). Shared by all sessions, because they share the line.
 *
 * <p>A closed window is a speed like others: nothing is sent, the ring fills, then volumes go to BITMAP, and guests notice nothing. Threads: any.
 */
public final class LinkLimits {
    /** Idle time that may be made up for at once. Larger: bursts of guests pass unsmoothed; smaller: batches are spread evenly. */
    private static final Duration BURST = Duration.ofMillis(250);

    private final LongSupplier nanoClock;
    private final InstantSource clock;
    private final TokenBucket link;
    private final Map<PgId, Group> groups = new ConcurrentHashMap<>();
    private volatile RateLimit linkRate = RateLimit.UNLIMITED;

    private record Group(TransferRules rules, TokenBucket bucket) {}

    /** What a group has to wait for. */
    public enum Obstacle {
        NONE,
        GROUP_RATE,
        GROUP_WINDOW_CLOSED,
        LINK_RATE,
        LINK_WINDOW_CLOSED
    }

    /** @param nanoClock monotonic */
    public LinkLimits(LongSupplier nanoClock, InstantSource clock) {
        this.nanoClock = nanoClock;
        this.clock = clock;
        this.link = new TokenBucket(nanoClock, BURST);
    }

    public void linkRate(RateLimit rate) {
        linkRate = rate;
    }

    /** A group's bucket stays when its rules change: new rules forgive no debt. */
    public void group(PgId pg, TransferRules rules) {
        groups.compute(
                pg,
                (_, before) -> new Group(rules, before == null ? new TokenBucket(nanoClock, BURST) : before.bucket()));
    }

    public void keep(Collection<PgId> assigned) {
        groups.keySet().retainAll(assigned);
    }

    public int priority(PgId pg) {
        Group group = groups.get(pg);
        return group == null ? TransferRules.DEFAULT_PRIORITY : group.rules().priority();
    }

    /** How long nothing of the group may be sent: 0 = now, {@link TokenBucket#NOT_NOW} = a window is closed. */
    public long nanosUntilReady(PgId pg) {
        Group group = groups.get(pg);
        return Math.max(
                wait(link, linkRate),
                group == null ? 0 : wait(group.bucket(), group.rules().rate()));
    }

    public Obstacle obstacle(PgId pg) {
        Group group = groups.get(pg);
        long forGroup = group == null ? 0 : wait(group.bucket(), group.rules().rate());
        long forLink = wait(link, linkRate);
        if (forGroup == 0 && forLink == 0) {
            return Obstacle.NONE;
        }
        return forLink >= forGroup
                ? forLink == TokenBucket.NOT_NOW ? Obstacle.LINK_WINDOW_CLOSED : Obstacle.LINK_RATE
                : forGroup == TokenBucket.NOT_NOW ? Obstacle.GROUP_WINDOW_CLOSED : Obstacle.GROUP_RATE;
    }

    private long wait(TokenBucket bucket, RateLimit rate) {
        Speed now = rate.bytesPerSecondAt(clock.instant());
        bucket.speed(now);
        return bucket.nanosUntilReady();
    }

    public void sent(PgId pg, long bytes) {
        link.take(bytes);
        Group group = groups.get(pg);
        if (group != null) {
            group.bucket().take(bytes);
        }
    }
}
