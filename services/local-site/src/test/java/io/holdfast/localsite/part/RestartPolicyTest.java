package io.holdfast.localsite.part;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.localsite.part.RestartPolicy.Decision;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RestartPolicyTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final RestartPolicy POLICY =
            new RestartPolicy(6, Duration.ofMinutes(5), Duration.ofSeconds(1), Duration.ofSeconds(10));

    private static List<Instant> ends(int count) {
        return IntStream.range(0, count)
                .mapToObj(index -> NOW.minusSeconds(count - 1 - index))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"1,1", "2,2", "3,4", "4,8", "5,10", "6,10"})
    void the_wait_doubles_up_to_the_longest(int ends, long seconds) {
        assertThat(POLICY.decide(ends(ends), NOW)).isEqualTo(new Decision.Restart(Duration.ofSeconds(seconds)));
    }

    @Test
    void a_part_that_dies_too_often_is_given_up() {
        assertThat(POLICY.decide(ends(7), NOW)).isInstanceOf(Decision.GiveUp.class);
    }

    @Test
    void ends_before_the_window_are_forgiven() {
        List<Instant> longAgo =
                ends(7).stream().map(end -> end.minusSeconds(600)).toList();
        List<Instant> withOneNow = IntStream.range(0, 8)
                .mapToObj(index -> index < 7 ? longAgo.get(index) : NOW)
                .toList();
        assertThat(POLICY.decide(withOneNow, NOW)).isEqualTo(new Decision.Restart(Duration.ofSeconds(1)));
    }

    @Test
    void restarting_can_be_switched_off() {
        assertThat(RestartPolicy.NEVER.decide(ends(1), NOW)).isInstanceOf(Decision.GiveUp.class);
    }
}
