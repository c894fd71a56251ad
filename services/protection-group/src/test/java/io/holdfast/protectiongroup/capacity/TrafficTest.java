package io.holdfast.protectiongroup.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TrafficTest {
    private static final Instant HALF_PAST_A_MINUTE = Instant.parse("2026-05-01T10:00:30Z");

    private static TrafficReading reading(Duration after, long captured, long sent) {
        return new TrafficReading(HALF_PAST_A_MINUTE.plus(after), captured, sent, true);
    }

    @Test
    void whatWasWrittenBetweenTwoWordsBelongsToTheMinutesBetweenThem() {
        Traffic traffic = reading(Duration.ZERO, 1_000, 500)
                .until(reading(Duration.ofSeconds(120), 1_400, 700))
                .orElseThrow();

        assertThat(traffic.byMinute()).extracting(Traffic::writtenBytes).containsExactly(100L, 200L, 100L);
        assertThat(traffic.byMinute()).extracting(Traffic::steadySentBytes).containsExactly(50L, 100L, 50L);
        assertThat(traffic.byMinute())
                .extracting(Traffic::from)
                .containsExactly(
                        HALF_PAST_A_MINUTE,
                        Instant.parse("2026-05-01T10:01:00Z"),
                        Instant.parse("2026-05-01T10:02:00Z"));
    }

    @Test
    void noByteIsLostOrMadeByCuttingATimeIntoMinutes() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 1_000; i++) {
            Instant from = HALF_PAST_A_MINUTE.plusMillis(random.nextInt(120_000));
            Traffic traffic = new Traffic(
                    from,
                    from.plusMillis(1 + random.nextInt(21_600_000)),
                    random.nextLong(1L << 45),
                    random.nextLong(1L << 45),
                    random.nextLong(1L << 45));

            List<Traffic> parts = traffic.byMinute();

            assertThat(parts.stream().mapToLong(Traffic::writtenBytes).sum())
                    .as("seed %d, time %d", seed, i)
                    .isEqualTo(traffic.writtenBytes());
            assertThat(parts.stream().mapToLong(Traffic::steadySentBytes).sum())
                    .as("seed %d, time %d", seed, i)
                    .isEqualTo(traffic.steadySentBytes());
            assertThat(parts).as("seed %d, time %d", seed, i).allMatch(part -> part.writtenBytes() >= 0);
        }
    }

    @Test
    void countersThatWentBackAreThoseOfAnotherProcessAndTellNothing() {
        assertThat(reading(Duration.ZERO, 1_000, 500).until(reading(Duration.ofSeconds(60), 10, 5)))
                .isEmpty();
        assertThat(reading(Duration.ZERO, 1_000, 500).until(reading(Duration.ofSeconds(60), 2_000, 5)))
                .isEmpty();
    }

    @Test
    void aTimeThatIsTooLongIsNotObserved() {
        TrafficReading before = reading(Duration.ZERO, 0, 0);

        assertThat(before.until(reading(TrafficReading.MOST, 1, 1))).isPresent();
        assertThat(before.until(reading(TrafficReading.MOST.plusMillis(1), 1, 1)))
                .isEmpty();
    }

    @Test
    void wordsOutOfOrderAreNotDue() {
        TrafficReading later = reading(Duration.ofSeconds(60), 10, 10);

        assertThat(later.isDue(reading(Duration.ZERO, 5, 5))).isFalse();
        assertThat(reading(Duration.ZERO, 5, 5).isDue(later)).isTrue();
        assertThat(reading(Duration.ofMillis(1), 5, 5).isDue(later)).isFalse();
    }

    @Test
    void whatWasSentWhileADiskWasSynchronisedSaysNothingOfThePacking() {
        TrafficReading syncing = new TrafficReading(HALF_PAST_A_MINUTE, 0, 0, false);
        Traffic traffic =
                syncing.until(reading(Duration.ofSeconds(60), 100, 9_000)).orElseThrow();

        assertThat(traffic.writtenBytes()).isEqualTo(100);
        assertThat(traffic.steadyWrittenBytes()).isZero();
        assertThat(traffic.steadySentBytes()).isZero();
    }
}
