package io.holdfast.replicationagent.intent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class WriteIntentMapTest {
    private static final long REGIONS = 10_000;
    private static final long SIZE = REGIONS * WriteIntentMap.REGION_BYTES;

    /** Remembers what was forced, as stable storage would. */
    private static final class Store implements IntentStore {
        final Map<Integer, long[]> written = new HashMap<>();
        final Map<Integer, long[]> durable = new HashMap<>();
        int forces;
        boolean failing;
        boolean failingForGood;
        boolean invalid;

        @Override
        public synchronized void write(int sector, long[] words) {
            written.put(sector, words.clone());
        }

        @Override
        public synchronized void force() throws IOException {
            if (failing) {
                throw new IOException("told to fail");
            }
            forces++;
            durable.putAll(written);
        }

        @Override
        public synchronized void invalidate() throws IOException {
            if (failingForGood) {
                throw new IOException("told to fail for good");
            }
            invalid = true;
        }

        synchronized boolean isDurable(int region) {
            long[] words = durable.get(region / REGIONS_PER_SECTOR);
            int bit = region % REGIONS_PER_SECTOR;
            return words != null && (words[bit >>> 6] & 1L << bit) != 0;
        }

        @Override
        public void close() {}
    }

    private final Store store = new Store();
    private final WriteIntentMap map =
            new WriteIntentMap(store, SIZE, new long[WriteIntentMap.sectorsFor(SIZE) * IntentStore.WORDS_PER_SECTOR]);

    private static long at(int region) {
        return (long) region * WriteIntentMap.REGION_BYTES;
    }

    @Test
    void aRegionIsOnStableStorageWhenItsFirstWriteMayBegin() throws IOException {
        map.mark(at(5_000) + 4096, 4096);

        assertThat(store.isDurable(5_000)).isTrue();
        assertThat(map.isMarked(5_000)).isTrue();
        assertThat(map.markedCount()).isEqualTo(1);
    }

    @Test
    void aRangeOverSeveralSectorsIsMarkedAsAWhole() throws IOException {
        map.mark(at(3_960), at(4_000) - at(3_960));

        for (int region = 3_960; region < 4_000; region++) {
            assertThat(store.isDurable(region)).isTrue();
        }
        assertThat(store.forces).isEqualTo(1);
    }

    @Test
    void aMarkedRegionCostsNothing() throws IOException {
        map.mark(at(1), 4096);

        map.mark(at(1) + 8192, 4096);

        assertThat(store.forces).isEqualTo(1);
    }

    @Test
    void aClearedRegionIsMarkedAndForcedAgain() throws IOException {
        map.mark(at(7), 4096);
        map.clearIfSettled(7);
        map.persistClears();
        assertThat(store.isDurable(7)).isFalse();

        map.mark(at(7), 4096);

        assertThat(store.isDurable(7)).isTrue();
    }

    @Test
    void aRegionTouchedSinceTheGenerationBeganIsKnownAsTouched() {
        map.touch(at(3), 4096);
        map.prepareRotation();
        map.rotate();
        assertThat(map.isTouched(3)).isFalse();

        map.touch(at(4), 4096);

        assertThat(map.isTouched(4)).isTrue();
    }

    @Test
    void aStoreThatFailsMakesTheMapInvalidAndTheGuestGoesOn() {
        store.failing = true;

        assertThatCode(() -> map.mark(at(1), 4096)).doesNotThrowAnyException();

        assertThat(map.isInvalid()).isTrue();
        assertThat(store.invalid).isTrue();
        assertThatCode(() -> map.mark(at(2), 4096)).doesNotThrowAnyException();
    }

    @Test
    void aMapThatCannotEvenBeInvalidatedRefusesTheWriteUntilItCanBeKept() throws IOException {
        store.failing = true;
        store.failingForGood = true;
        assertThatThrownBy(() -> map.mark(at(1), 4096)).isInstanceOf(IOException.class);

        store.failing = false;
        map.mark(at(2), 4096);

        assertThat(store.isDurable(1))
                .as("still wanted by whoever waits for it")
                .isTrue();
        assertThat(store.isDurable(2)).isTrue();
    }

    @Test
    @Timeout(60)
    void manyWritersAndAClearerNeverMeetAWriteWithoutItsMark() throws Exception {
        long seed = System.nanoTime();
        Object[] locks = new Object[64];
        java.util.Arrays.setAll(locks, _ -> new Object());
        List<Thread> threads = new ArrayList<>();
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        for (int t = 0; t < 4; t++) {
            Random random = new Random(seed + t);
            boolean clearer = t == 0;
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    for (int i = 0; i < 20_000; i++) {
                        int region = random.nextInt(64);
                        // The range lock of the region, which writers and the clearer hold.
                        synchronized (locks[region]) {
                            if (clearer) {
                                map.clearIfSettled(region);
                            } else {
                                map.mark(at(region), 4096);
                                assertThat(store.isDurable(region))
                                        .as("seed %d", seed)
                                        .isTrue();
                            }
                        }
                        if (clearer && i % 50 == 0) {
                            map.persistClears();
                        }
                    }
                } catch (IOException | RuntimeException | AssertionError failed) {
                    failures.add(failed);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
    }
}
