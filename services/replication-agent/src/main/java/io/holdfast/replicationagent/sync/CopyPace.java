package io.holdfast.replicationagent.sync;

import io.holdfast.kernel.rate.RateLimit;
import io.holdfast.kernel.rate.Speed;
import io.holdfast.kernel.rate.TokenBucket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/** How fast the syncs of one group may copy now. Threads: the copier's only. */
final class CopyPace {
    /** What was not used may be made up for this long. */
    private static final Duration BURST = Duration.ofMillis(500);
    /** What a record costs beside its payload. */
    static final int RECORD_BYTES = 64;

    private final InstantSource clock;
    private final TokenBucket bucket;

    CopyPace(InstantSource clock, LongSupplier nanoClock) {
        this.clock = clock;
        this.bucket = new TokenBucket(nanoClock, BURST);
    }

    /** 0 = something may be copied now; {@link TokenBucket#NOT_NOW} = the window is closed. */
    long nanosUntilReady(RateLimit rate) {
        Speed now = rate.bytesPerSecondAt(clock.instant());
        bucket.speed(now);
        return bucket.nanosUntilReady();
    }

    void sent(long bytes) {
        bucket.take(bytes);
    }
}
