package io.holdfast.journalstore.space;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ForecastTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private final Forecast forecast = new Forecast();

    private static Instant minute(int number) {
        return START.plus(Duration.ofMinutes(number));
    }

    @Test
    void says_nothing_before_it_has_seen_ten_minutes() {
        assertThat(forecast.fullAt(START, 1000)).isEmpty();
        for (int minute = 0; minute < 10; minute++) {
            forecast.sample(minute(minute), minute * 100L);
            assertThat(forecast.fullAt(minute(minute), 1000)).isEmpty();
        }
        forecast.sample(minute(10), 1000);
        assertThat(forecast.fullAt(minute(10), 1000)).contains(minute(20));
    }

    @Test
    void says_nothing_of_what_does_not_grow_and_now_of_what_is_full() {
        for (int minute = 0; minute <= 30; minute++) {
            forecast.sample(minute(minute), 5000 - minute);
        }
        assertThat(forecast.fullAt(minute(30), 1)).isEmpty();
        assertThat(forecast.fullAt(minute(30), 0)).contains(minute(30));
    }

    @Test
    void goes_by_the_last_hour_alone() {
        for (int minute = 0; minute <= 60; minute++) {
            forecast.sample(minute(minute), minute * 1000L);
        }
        for (int minute = 61; minute <= 121; minute++) {
            forecast.sample(minute(minute), 60_000 + minute - 60);
        }
        assertThat(forecast.fullAt(minute(121), 60)).contains(minute(181));
    }

    @Test
    void many_samples_a_minute_count_as_one_and_old_ones_as_none() {
        for (int second = 0; second <= 3600; second += 5) {
            forecast.sample(START.plusSeconds(second), second);
        }
        assertThat(forecast.fullAt(START.plusSeconds(3600), 3600)).contains(START.plusSeconds(7200));
        assertThat(forecast.fullAt(START.plusSeconds(3600 + 601), 3600)).isEmpty();
    }

    @Test
    void a_clock_that_was_set_back_begins_anew() {
        for (int minute = 0; minute <= 30; minute++) {
            forecast.sample(minute(minute), minute);
        }
        forecast.sample(minute(-600), 31);
        assertThat(forecast.fullAt(minute(-600), 100)).isEmpty();
    }
}
