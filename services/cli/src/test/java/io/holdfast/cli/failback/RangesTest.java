package io.holdfast.cli.failback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Ranges of a volume")
class RangesTest {
    private static final int REGION = 65_536;
    private static final int REGIONS = 400;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void joined_to_fewer_lack_nothing_and_have_no_more_than_the_smallest_gaps(long seed) {
        Random random = new Random(seed);
        BitSet wanted = new BitSet();
        Ranges both = random(random, wanted).and(random(random, wanted));
        assertThat(bits(both)).as("seed %d", seed).isEqualTo(wanted);

        int most = 1 + random.nextInt(20);
        Ranges fewer = both.atMost(most);
        BitSet missing = (BitSet) wanted.clone();
        missing.andNot(bits(fewer));
        assertThat(missing.isEmpty()).as("nothing is missing, seed %d", seed).isTrue();
        assertThat(fewer.all()).hasSize(Math.min(most, both.all().size()));
        assertThat(fewer.bytes() - both.bytes())
                .as("seed %d", seed)
                .isEqualTo(smallestGaps(both, both.all().size() - most));
        for (int i = 1; i < fewer.all().size(); i++) {
            assertThat(fewer.all().get(i).offset())
                    .isGreaterThan(fewer.all().get(i - 1).end());
        }
        assertThat(Ranges.read(fewer.json())).isEqualTo(fewer);
    }

    private static Ranges random(Random random, BitSet wanted) {
        List<Ranges.Range> ranges = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            int first = random.nextInt(REGIONS);
            int end = first + 1 + random.nextInt(3);
            wanted.set(first, end);
            ranges.add(new Ranges.Range((long) first * REGION, (long) end * REGION));
        }
        return new Ranges(ranges).and(Ranges.NONE);
    }

    private static BitSet bits(Ranges ranges) {
        BitSet bits = new BitSet();
        ranges.all().forEach(range -> bits.set((int) (range.offset() / REGION), (int) (range.end() / REGION)));
        return bits;
    }

    private static long smallestGaps(Ranges ranges, int most) {
        List<Long> gaps = new ArrayList<>();
        for (int i = 1; i < ranges.all().size(); i++) {
            gaps.add(ranges.all().get(i).offset() - ranges.all().get(i - 1).end());
        }
        return gaps.stream()
                .sorted()
                .limit(Math.max(0, most))
                .mapToLong(Long::longValue)
                .sum();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[1]",
                "[{\"offsetBytes\": 0}]",
                "[{\"offsetBytes\": -1, \"lengthBytes\": 1}]",
                "[{\"offsetBytes\": 0, \"lengthBytes\": 0}]",
                "[{\"offsetBytes\": \"0\", \"lengthBytes\": 1}]",
                "[{\"offsetBytes\": 9223372036854775807, \"lengthBytes\": 1}]"
            })
    void that_are_none_are_refused(String text) {
        assertThatThrownBy(() -> Ranges.read(new ObjectMapper().readTree(text)))
                .isInstanceOfAny(IllegalArgumentException.class, ArithmeticException.class);
    }
}
