package io.holdfast.recoveryplan.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDateTime;
import java.util.BitSet;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A cron expression")
class CronTest {

    @ParameterizedTest(name = "{0} comes after {1} at {2}")
    @CsvSource({
        "0 3 * * *, 2026-03-10T03:00, 2026-03-11T03:00",
        "0 3 * * *, 2026-03-10T02:59, 2026-03-10T03:00",
        "30 2 * * SUN, 2026-03-10T00:00, 2026-03-15T02:30",
        "30 2 * * 7, 2026-03-10T00:00, 2026-03-15T02:30",
        "0 0 1 jan *, 2026-03-10T00:00, 2027-01-01T00:00",
        "0 0 29 2 *, 2026-03-10T00:00, 2028-02-29T00:00",
        "*/20 8-9 * * MON-FRI, 2026-03-13T09:40, 2026-03-16T08:00",
        "5/20 8 * * *, 2026-03-13T08:05, 2026-03-13T08:25",
        "'0 4 1,15 * *', 2026-03-10T05:00, 2026-03-15T04:00",
        // Either kind of day is enough when both are restricted: the 13th, or a Friday.
        "0 0 13 * FRI, 2026-03-10T00:00, 2026-03-13T00:00",
        "0 0 13 * FRI, 2026-03-13T00:00, 2026-03-20T00:00",
        "59 23 31 12 *, 2026-12-31T23:59, 2027-12-31T23:59"
    })
    void namesTheNextTime(String expression, LocalDateTime after, LocalDateTime next) {
        assertThat(Cron.parse(expression).next(after)).contains(next);
    }

    @Test
    void thatNamesNoDayOfTheCalendarNeverComes() {
        assertThat(Cron.parse("0 0 30 FEB *").next(LocalDateTime.of(2026, 1, 1, 0, 0)))
                .isEmpty();
    }

    @ParameterizedTest(name = "such as \"{0}\" is refused")
    @ValueSource(
            strings = {
                "",
                "0 3 * *",
                "0 3 * * * *",
                "60 3 * * *",
                "0 24 * * *",
                "0 0 0 * *",
                "0 0 * 13 *",
                "0 0 * * 8",
                "5-1 0 * * *",
                "*/0 0 * * *",
                "1,,2 0 * * *",
                "-1 0 * * *",
                "0 0 * FOO *",
                "0 0 * * SUNDAY",
                "@daily",
                "٣ 0 * * *",
                "0 0 L * *",
                "99999999999 0 * * *"
            })
    void thatBreaksTheFormIsRefusedWithASentence(String expression) {
        assertThatThrownBy(() -> Cron.parse(expression))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching(".*(is not \\*|has five fields).*");
    }

    @Test
    void namesEveryMinuteThatFitsItsFieldsAndNoOther() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 20; round++) {
            int minute = random.nextInt(60);
            int step = 1 + random.nextInt(6);
            int weekday = random.nextInt(7);
            String expression = "%d */%d * * %d".formatted(minute, step, weekday);
            Cron cron = Cron.parse(expression);
            BitSet hours = new BitSet();
            IntStream.iterate(0, hour -> hour < 24, hour -> hour + step).forEach(hours::set);
            LocalDateTime at = LocalDateTime.of(2026, 1, 1, 0, 0).plusMinutes(random.nextInt(500_000));
            LocalDateTime found = cron.next(at).orElseThrow();
            LocalDateTime expected = at.withSecond(0).plusMinutes(1);
            while (expected.getMinute() != minute
                    || !hours.get(expected.getHour())
                    || expected.getDayOfWeek().getValue() % 7 != weekday) {
                expected = expected.plusMinutes(1);
            }
            assertThat(found).as("seed %d: %s after %s", seed, expression, at).isEqualTo(expected);
        }
    }
}
