package io.holdfast.kernel.rate;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenBucketTest {
    private static final long SECOND = 1_000_000_000L;

    /** Also right when the monotonic clock passes its largest value. */
    private long now = Long.MAX_VALUE - SECOND;

    private TokenBucket bucket;

    @BeforeEach
    void newBucket() {
        bucket = new TokenBucket(() -> now, Duration.ofMillis(100));
    }

    @Test
    void anUnlimitedBucketNeverWaitsAndNotesNothing() {
        bucket.take(Long.MAX_VALUE / 2);
        assertThat(bucket.nanosUntilReady()).isZero();
        bucket.speed(new Speed.Limited(1));
        assertThat(bucket.isReady()).isTrue();
    }

    @Test
    void whatWasSentIsPaidOffAtTheSpeed() {
        bucket.speed(new Speed.Limited(1_000));
        assertThat(bucket.tryTake(500)).isTrue();
        assertThat(bucket.tryTake(1)).isFalse();
        assertThat(bucket.nanosUntilReady()).isEqualTo(SECOND / 2);
        now += SECOND / 2 - 1_000;
        assertThat(bucket.isReady()).isFalse();
        now += 1_000;
        assertThat(bucket.isReady()).isTrue();
    }

    @Test
    void aThingLargerThanTheBurstGoesAndWhatFollowsWaits() {
        bucket.speed(new Speed.Limited(1_000));
        assertThat(bucket.tryTake(10_000)).isTrue();
        assertThat(bucket.nanosUntilReady()).isEqualTo(10 * SECOND);
    }

    @Test
    void anIdleTimeIsMadeUpForByTheBurstAndNoMore() {
        bucket.speed(new Speed.Limited(1_000));
        now += 3600 * SECOND;
        long sent = 0;
        while (bucket.tryTake(10)) {
            sent += 10;
        }
        assertThat(sent).isEqualTo(110);
    }

    @Test
    void aClosedBucketLetsNothingThroughHoweverLongItTakesAndItsDebtStays() {
        bucket.speed(new Speed.Limited(1_000));
        bucket.take(1_000);
        bucket.speed(Speed.CLOSED);
        now += 3600 * SECOND;
        assertThat(bucket.nanosUntilReady()).isEqualTo(TokenBucket.NOT_NOW);
        assertThat(bucket.tryTake(0)).isFalse();
        bucket.speed(new Speed.Limited(2_000));
        assertThat(bucket.nanosUntilReady()).isEqualTo(SECOND / 2);
    }

    @Test
    void whatWasSavedUpAtOneSpeedIsNotSpentAtAnother() {
        bucket.speed(new Speed.Limited(1_000_000));
        now += SECOND;
        bucket.speed(new Speed.Limited(10));
        assertThat(bucket.tryTake(10)).isTrue();
        assertThat(bucket.isReady()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void overAnyTimeNoMoreIsSentThanTheSpeedTheBurstAndOneThing(long seed) {
        Random random = new Random(seed);
        long speed = 1 + random.nextInt(1_000_000);
        bucket.speed(new Speed.Limited(speed));
        int largest = 1 + random.nextInt(100_000);
        long from = now;
        long sent = 0;
        long possible = 0;
        for (int step = 0; step < 20_000; step++) {
            long wait = bucket.nanosUntilReady();
            now += random.nextInt(4) == 0 ? wait : random.nextLong(wait + 1);
            int bytes = 1 + random.nextInt(largest);
            if (bucket.tryTake(bytes)) {
                sent += bytes;
            }
            possible = (long) ((now - from) / 1e9 * speed);
            assertThat(sent)
                    .as("seed %d, step %d", seed, step)
                    .isLessThanOrEqualTo(possible + speed / 10 + largest + 1);
        }
        // Nor much less: a sender that always has something keeps the line busy.
        for (int step = 0; step < 1_000; step++) {
            now += bucket.nanosUntilReady();
            assertThat(bucket.tryTake(largest)).as("seed %d", seed).isTrue();
        }
    }
}
