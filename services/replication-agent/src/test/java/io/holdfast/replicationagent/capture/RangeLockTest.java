package io.holdfast.replicationagent.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RangeLockTest {
    private static final int BLOCKS = 64 << 10;

    /** A volume with more granules than stripes, one with as many as its ranges touch, and one that is smaller than what is locked of it. */
    @ParameterizedTest
    @Timeout(60)
    @ValueSource(longs = {BLOCKS * 4096L, 1000 << 14, 3 << 14, 0})
    void noByteIsEverHeldTwiceWhateverTheRanges(long sizeBytes) throws Exception {
        long seed = System.nanoTime();
        RangeLock lock = new RangeLock(sizeBytes);
        AtomicIntegerArray holders = new AtomicIntegerArray(BLOCKS);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<?>> runs = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                Random random = new Random(seed + thread);
                runs.add(threads.submit(() -> hold(lock, holders, random, seed)));
            }
            for (Future<?> run : runs) {
                run.get(50, TimeUnit.SECONDS);
            }
        }
    }

    /** Ranges from one block to more than all stripes cover, at any place, so that stripes wrap around. */
    private static void hold(RangeLock lock, AtomicIntegerArray holders, Random random, long seed) {
        for (int i = 0; i < 1_000; i++) {
            int length = 1 + (random.nextInt(10) == 0 ? random.nextInt(8_000) : random.nextInt(40));
            int first = random.nextInt(BLOCKS - length);
            boolean all = random.nextInt(200) == 0;
            if (all) {
                lock.lockAll();
            } else {
                lock.lock(first * 4096L, length * 4096L);
            }
            for (int block = first; block < first + length; block++) {
                assertThat(holders.incrementAndGet(block))
                        .as("seed %d block %d", seed, block)
                        .isEqualTo(1);
            }
            for (int block = first; block < first + length; block++) {
                holders.decrementAndGet(block);
            }
            if (all) {
                lock.unlockAll();
            } else {
                lock.unlock(first * 4096L, length * 4096L);
            }
        }
    }

    @Test
    @Timeout(30)
    void rangesThatShareNoGranuleAreHeldAtTheSameTime() throws InterruptedException, ExecutionException {
        RangeLock lock = new RangeLock(BLOCKS * 4096L);
        CountDownLatch both = new CountDownLatch(2);
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Future<?> one = threads.submit(() -> meet(lock, 0, both));
            Future<?> two = threads.submit(() -> meet(lock, 1 << 20, both));
            one.get();
            two.get();
        }
    }

    private static void meet(RangeLock lock, long offset, CountDownLatch both) {
        lock.lock(offset, 4096);
        try {
            both.countDown();
            assertThat(both.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        } finally {
            lock.unlock(offset, 4096);
        }
    }
}
