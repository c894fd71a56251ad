package io.holdfast.journalstore.integrity;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ScrubPaceTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void reads_so_many_bytes_a_second() {
        ScrubPace pace = new ScrubPace(1000);
        assertThat(pace.waitAfter(500, 0, false)).isEqualTo(SECOND / 2);
        assertThat(pace.waitAfter(500, SECOND / 2, false)).isEqualTo(SECOND / 2);
        assertThat(pace.waitAfter(2000, SECOND, false)).isEqualTo(2 * SECOND);
    }

    @Test
    void reads_a_tenth_while_applying_lags_and_never_nothing() {
        ScrubPace pace = new ScrubPace(1000);
        assertThat(pace.waitAfter(500, 0, true)).isEqualTo(5 * SECOND);
        assertThat(new ScrubPace(1).waitAfter(1, 0, true)).isEqualTo(SECOND);
    }

    @Test
    void does_not_make_up_for_a_time_in_which_it_read_nothing() {
        ScrubPace pace = new ScrubPace(1000);
        pace.waitAfter(1, 0, false);
        assertThat(pace.waitAfter(1000, 100 * SECOND, false)).isEqualTo(SECOND);
    }
}
