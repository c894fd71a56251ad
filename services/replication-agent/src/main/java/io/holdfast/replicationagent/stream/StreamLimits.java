package io.holdfast.replicationagent.stream;

/**
 * How full a stream's share of the ring may be for whom, so that the important still finds room when the rest is used up.
 *
 * @param shareBytes the stream's share of the agent's ring
 */
public record StreamLimits(long shareBytes) {
    /** Guest writes: 90 % (architecture, section 3). Over it the stream's volumes go to BITMAP. */
    public long guestBytes() {
        return shareBytes / 10 * 9;
    }

    /** Copies by a sync: half, so that guest writes keep room while a sync runs. */
    public long copyBytes() {
        return shareBytes / 2;
    }

    /** A bitmap sync begins when the ring holds no more than this: a quarter, or the sync would overflow at once. */
    public long drainedBytes() {
        return shareBytes / 4;
    }
}
