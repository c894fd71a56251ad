package io.holdfast.replicationagent.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FairOrderTest {
    private final FairOrder<Integer> order = new FairOrder<>();
    private final Map<Integer, Long> sent = new HashMap<>();

    private int turn(List<Integer> ready, int bytes) {
        int next = order.next(ready).orElseThrow();
        order.sent(next, bytes, FairOrder::weightOf);
        sent.merge(next, (long) bytes, Long::sum);
        return next;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void eachPriorityStepHasTwiceTheShareWhateverTheSizesOfBatches(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 60_000; i++) {
            turn(List.of(4, 5, 6, 7), 1 + random.nextInt(1 << 20));
        }
        for (int priority = 5; priority <= 7; priority++) {
            assertThat((double) sent.get(priority) / sent.get(priority - 1))
                    .as("seed %d, share of %d to the one below", seed, priority)
                    .isCloseTo(2.0, within(0.05));
        }
    }

    @Test
    void theLowestIsServedWithinItsShareBesideTheHighest() {
        int between = 0;
        int longest = 0;
        for (int i = 0; i < 10_000; i++) {
            between = turn(List.of(9, 1), 1 << 20) == 1 ? 0 : between + 1;
            longest = Math.max(longest, between);
        }
        assertThat(longest).isLessThanOrEqualTo(257);
        assertThat(sent.get(1)).isPositive();
    }

    @Test
    void whoWasSilentDoesNotCatchUpAtTheCostOfOthers() {
        for (int i = 0; i < 1_000; i++) {
            turn(List.of(5), 1000);
        }
        sent.clear();
        // A second party with the same weight, known by another name, comes back after a long silence.
        FairOrder<String> two = new FairOrder<>();
        two.sent("late", 1000, _ -> 1);
        for (int i = 0; i < 1_000; i++) {
            two.sent("early", 1000, _ -> 1);
        }
        int late = 0;
        for (int i = 0; i < 100; i++) {
            String next = two.next(List.of("early", "late")).orElseThrow();
            two.sent(next, 1000, _ -> 1);
            late += next.equals("late") ? 1 : 0;
        }
        assertThat(late).isBetween(49, 51);
    }

    @Test
    void nobodyReadyIsNobodysTurn() {
        assertThat(order.next(List.of())).isEmpty();
    }
}
