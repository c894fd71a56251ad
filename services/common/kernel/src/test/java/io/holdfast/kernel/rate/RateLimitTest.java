package io.holdfast.kernel.rate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.DayOfWeek;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RateLimitTest {
    private static final Speed SLOW = new Speed.Limited(1_000);
    private static final Speed USUAL = new Speed.Limited(5_000);

    /** 2026-03-02 is a Monday. */
    @ParameterizedTest
    @CsvSource({
        // A window within a day, Monday to Friday.
        "31, 480, 1080, 2026-03-02T07:59:59Z, false",
        "31, 480, 1080, 2026-03-02T08:00:00Z, true",
        "31, 480, 1080, 2026-03-02T17:59:59.999Z, true",
        "31, 480, 1080, 2026-03-02T18:00:00Z, false",
        "31, 480, 1080, 2026-03-07T12:00:00Z, false",
        // Over midnight, begun on Friday: Saturday's early hours belong to it, Friday's do not.
        "16, 1320, 360, 2026-03-06T05:00:00Z, false",
        "16, 1320, 360, 2026-03-06T22:00:00Z, true",
        "16, 1320, 360, 2026-03-07T05:59:00Z, true",
        "16, 1320, 360, 2026-03-07T06:00:00Z, false",
        "16, 1320, 360, 2026-03-07T22:00:00Z, false",
        // Begun on Sunday, ends in the next week.
        "64, 1320, 360, 2026-03-08T23:00:00Z, true",
        "64, 1320, 360, 2026-03-02T01:00:00Z, true",
        // Every day; the same minute twice is a whole day.
        "0, 0, 0, 2026-03-04T00:00:00Z, true",
        "0, 0, 0, 2026-03-04T23:59:59Z, true",
        "1, 600, 600, 2026-03-03T09:59:00Z, true",
        "1, 600, 600, 2026-03-03T10:00:00Z, false",
        "0, 1380, 60, 2026-03-04T00:30:00Z, true",
        "0, 1380, 60, 2026-03-04T12:00:00Z, false",
    })
    void aWindowCoversTheMomentsOfItsDaysInUtc(int days, int from, int to, Instant moment, boolean covered) {
        assertThat(new RateWindow(RateWindow.daysOfBits(days), from, to, SLOW).covers(moment))
                .isEqualTo(covered);
    }

    @Test
    void theFirstWindowThatCoversTheMomentDecidesAndOutsideOfAllTheUsualSpeed() {
        var day = new RateWindow(Set.of(), 480, 1080, SLOW);
        var noon = new RateWindow(Set.of(), 720, 780, Speed.CLOSED);
        Instant atNoon = Instant.parse("2026-03-02T12:30:00Z");

        assertThat(new RateLimit(USUAL, List.of(noon, day)).bytesPerSecondAt(atNoon))
                .isEqualTo(Speed.CLOSED);
        assertThat(new RateLimit(USUAL, List.of(day, noon)).bytesPerSecondAt(atNoon))
                .isEqualTo(SLOW);
        assertThat(new RateLimit(USUAL, List.of(day, noon)).bytesPerSecondAt(Instant.parse("2026-03-02T19:00:00Z")))
                .isEqualTo(USUAL);
        assertThat(RateLimit.UNLIMITED.bytesPerSecondAt(atNoon)).isEqualTo(Speed.UNLIMITED);
    }

    @Test
    void dayBitsAreTheSameBothWays() {
        for (int bits = 0; bits <= 0x7f; bits++) {
            assertThat(new RateWindow(RateWindow.daysOfBits(bits), 0, 1, SLOW).dayBits())
                    .isEqualTo(bits);
        }
        assertThat(RateWindow.daysOfBits(1)).containsExactly(DayOfWeek.MONDAY);
        assertThat(RateWindow.daysOfBits(64)).containsExactly(DayOfWeek.SUNDAY);
    }

    @Test
    void valuesThatMeanNothingAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> RateWindow.daysOfBits(128));
        assertThatIllegalArgumentException().isThrownBy(() -> new RateWindow(Set.of(), -1, 0, SLOW));
        assertThatIllegalArgumentException().isThrownBy(() -> new RateWindow(Set.of(), 0, 1440, SLOW));
        assertThatIllegalArgumentException().isThrownBy(() -> new Speed.Limited(0));
        assertThatIllegalArgumentException().isThrownBy(() -> Speed.ofBytesPerSecond(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> new RateLimit(Speed.CLOSED, List.of()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RateLimit(
                        USUAL, Collections.nCopies(RateLimit.MAX_WINDOWS + 1, new RateWindow(Set.of(), 0, 1, SLOW))));
        assertThatIllegalArgumentException().isThrownBy(() -> new SyncRules(RateLimit.UNLIMITED, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new SyncRules(RateLimit.UNLIMITED, 101));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TransferRules(0, RateLimit.UNLIMITED, SyncRules.DEFAULT));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TransferRules(10, RateLimit.UNLIMITED, SyncRules.DEFAULT));
    }
}
