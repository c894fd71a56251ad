package io.holdfast.journalstore.ageing;

import io.holdfast.kernel.Lsn;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Where the tail may go (architecture, section 4: ageing is FIFO). Three wishes (nothing to protect yet, the window, the size limit), cut by
 * three fences that no wish may cross: what somebody uses, the newest recoverable point, and the head.
 */
public final class AgeingRules {
    private AgeingRules() {}

    /**
     * A size limit does not name an LSN: then {@code bytesToFree} is positive, and the tail goes on from {@code target} until as much is freed or
     * {@code fence} is reached.
     *
     * @param target not before the tail, not behind the fence
     * @param fence last LSN that the tail may have
     * @param bytesToFree beyond {@code target}; 0 = the size is within its limit
     * @param allowedBytes how much of that may stay when nothing may be aged
     */
    public record Decision(Lsn target, Lsn fence, long bytesToFree, long allowedBytes) {
        /** True when the limit is exceeded and nothing may be aged: apply has to pause. */
        public boolean isStuck(Lsn tail) {
            return bytesToFree > allowedBytes && !fence.isAfter(tail);
        }
    }

    /**
     * Where the window of the history ends: now; or, once no checkpoint was cut for longer than {@code silence}, at the newest one. While a source or the way to it is
     * lost its history does not run out (F163): what people recover from is most needed then, and nothing newer comes in its place.
     *
     * @param silence zero = the window always ends now
     */
    public static Instant windowEnd(Instant now, Optional<Instant> newestCut, Duration silence) {
        return newestCut
                .filter(cut -> !silence.isZero() && cut.plus(silence).isBefore(now))
                .orElse(now);
    }

    public static Decision decide(AgeingInputs in) {
        Lsn fence = in.head();
        if (in.lowestLease().isPresent()) {
            fence = min(fence, in.lowestLease().get());
        }
        if (in.newestRecoverable().isPresent()) {
            fence = min(fence, in.newestRecoverable().get());
        }
        // A fence behind the tail is possible: the newest consistent range may have ended before a lease was given up.
        fence = max(fence, in.tail());
        if (!in.everConsistent()) {
            return new Decision(fence, fence, 0, 0);
        }
        Lsn target = max(in.tail(), min(in.windowStart().orElse(in.tail()), fence));
        long excess = in.limitBytes() == 0 ? 0 : Math.max(0, in.liveBytes() - in.limitBytes());
        return new Decision(target, fence, excess, inUse(in) ? 0 : in.limitBytes());
    }

    /**
     * Whether somebody's use is what holds the history: giving that up frees it. Where only the newest recoverable point does, a pause would never end, because the
     * next one comes by applying; so as much again as the limit is allowed on the way to it.
     */
    private static boolean inUse(AgeingInputs in) {
        return in.lowestLease()
                .filter(lease -> in.newestRecoverable()
                        .map(newest -> newest.isAfter(lease))
                        .orElse(true))
                .isPresent();
    }

    private static Lsn min(Lsn a, Lsn b) {
        return a.isAfter(b) ? b : a;
    }

    private static Lsn max(Lsn a, Lsn b) {
        return a.isAfter(b) ? a : b;
    }
}
