package io.holdfast.journalstore.space;

import static io.holdfast.journalstore.space.SpaceGuard.Verdict.PAUSE;
import static io.holdfast.journalstore.space.SpaceGuard.Verdict.ROOM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SpaceGuardTest {
    private final SpaceGuard guard = SpaceGuard.withReserve(1000);

    @Test
    void it_pauses_below_the_reserve_and_resumes_only_with_a_quarter_more() {
        assertThat(guard.judge(ROOM, 1000)).isEqualTo(ROOM);
        assertThat(guard.judge(ROOM, 999)).isEqualTo(PAUSE);
        assertThat(guard.judge(PAUSE, 1249)).isEqualTo(PAUSE);
        assertThat(guard.judge(PAUSE, 1250)).isEqualTo(ROOM);
    }

    @Test
    void marks_that_contradict_each_other_are_refused() {
        assertThatThrownBy(() -> new SpaceGuard(10, 9)).isInstanceOf(IllegalArgumentException.class);
    }
}
