package io.holdfast.journalstore.adapter.store;

import java.time.Duration;

/**
 * What a store needs to know, checked.
 *
 * @param storeId names this store in events
 * @param ageingPatience how long a small ageing step waits for more work
 * @param ageingSilence time without checkpoints behind which a history's window stands still; zero = it never does
 * @param restAddress as reachable inside the site; may be empty
 * @param nbdAddress host:port as recovering hosts reach it
 */
public record StoreOptions(
        String storeId,
        long cacheBytes,
        long writeBufferBytes,
        long ageingStepBytes,
        Duration ageingPatience,
        Duration ageingSilence,
        long reserveBytes,
        int sessionLimit,
        long overlayLimitBytes,
        Duration flushInterval,
        String restAddress,
        String nbdAddress) {
    public StoreOptions {
        if (flushInterval.isNegative() || flushInterval.isZero()) {
            throw new IllegalArgumentException("the flush interval is longer than zero, not " + flushInterval);
        }
        if (ageingSilence.isNegative()) {
            throw new IllegalArgumentException("ageing-silence is zero or longer, not " + ageingSilence);
        }
        if (ageingStepBytes < 1 || sessionLimit < 1 || overlayLimitBytes < 4096) {
            throw new IllegalArgumentException("ageing step %d, session limit %d, overlay limit %d: all positive"
                    .formatted(ageingStepBytes, sessionLimit, overlayLimitBytes));
        }
    }
}
