package io.holdfast.journalstore.ageing;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.Lsn;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgeingRulesTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            nullValues = "-",
            value = {
                // name, newest cut, silence, now -> end
                "the window goes on with the clock,           990, 60, 1000, 1000",
                "to the last second of what is allowed,       940, 60, 1000, 1000",
                "and stands still behind a longer silence,    939, 60, 1000, 939",
                "but only where that is wanted,               1,   0,  1000, 1000",
                "and not for a history without checkpoint,    -,   60, 1000, 1000",
            })
    void the_window_of_a_source_that_is_not_heard_ends_at_its_newest_checkpoint(
            String name, Long newestCut, long silence, long now, long end) {
        assertThat(AgeingRules.windowEnd(
                        Instant.ofEpochSecond(now),
                        Optional.ofNullable(newestCut).map(Instant::ofEpochSecond),
                        Duration.ofSeconds(silence)))
                .isEqualTo(Instant.ofEpochSecond(end));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            nullValues = "-",
            value = {
                // name, tail, head, everConsistent, windowStart, lease, newestRecoverable, live, limit -> target,
                // fence, bytesToFree
                "before the first sync the tail follows the head, 3, 90, false, -, -, -, 500, 100, 90, 90, 0",
                "nothing is old enough,                           3, 90, true,  -, -, 80, 500, 0, 3, 80, 0",
                "the window moves the tail,                       3, 90, true,  40, -, 80, 500, 0, 40, 80, 0",
                "a lease stops the window,                        3, 90, true,  40, 20, 80, 500, 0, 20, 20, 0",
                "a lease behind the window does not matter,       3, 90, true,  40, 60, 80, 500, 0, 40, 60, 0",
                "the newest recoverable point stays,              3, 90, true,  85, -, 50, 500, 0, 50, 50, 0",
                "a long resync cannot age the last good point,    50, 90, true, 85, -, 50, 500, 100, 50, 50, 400",
                "a limit frees beyond the window,                 3, 90, true,  40, -, 80, 500, 300, 40, 80, 200",
                "a limit stops at a lease,                        3, 90, true,  -, 3, 80, 500, 300, 3, 3, 200",
                "within the limit nothing is freed,               3, 90, true,  -, -, 80, 300, 300, 3, 80, 0",
                "the tail never moves back,                       60, 90, true, 40, -, 80, 1, 0, 60, 80, 0",
                "a fence behind the tail counts as the tail,      60, 90, true, 70, -, 50, 1, 0, 60, 60, 0",
            })
    void the_tail_goes_as_far_as_wishes_and_fences_allow(
            String name,
            long tail,
            long head,
            boolean everConsistent,
            Long window,
            Long lease,
            Long recoverable,
            long live,
            long limit,
            long target,
            long fence,
            long bytesToFree) {
        AgeingRules.Decision decision = AgeingRules.decide(new AgeingInputs(
                Lsn.of(tail),
                Lsn.of(head),
                everConsistent,
                Optional.ofNullable(window).map(Lsn::of),
                Optional.ofNullable(lease).map(Lsn::of),
                Optional.ofNullable(recoverable).map(Lsn::of),
                live,
                limit));
        assertThat(decision)
                .as(name)
                .isEqualTo(
                        new AgeingRules.Decision(Lsn.of(target), Lsn.of(fence), bytesToFree, decision.allowedBytes()));
    }

    @Test
    void a_limit_pauses_at_once_for_what_is_used_and_goes_on_to_the_next_checkpoint_for_the_only_one() {
        assertThat(stuckAt(50, 20, 301, 300)).as("a session holds the history").isTrue();
        assertThat(stuckAt(50, 50, 301, 300))
                .as("somebody reads the only checkpoint")
                .isFalse();
        assertThat(stuckAt(50, null, 301, 300)).as("the only checkpoint").isFalse();
        assertThat(stuckAt(50, null, 600, 300)).as("twice the limit").isFalse();
        assertThat(stuckAt(50, null, 601, 300)).as("more than twice the limit").isTrue();
        assertThat(stuckAt(50, null, 300, 300)).as("within the limit").isFalse();
    }

    /** The tail stands at the fence. */
    private static boolean stuckAt(long recoverable, Integer lease, long live, long limit) {
        long tail = lease == null ? recoverable : Math.min(recoverable, lease);
        return AgeingRules.decide(new AgeingInputs(
                        Lsn.of(tail),
                        Lsn.of(90),
                        true,
                        Optional.empty(),
                        Optional.ofNullable(lease).map(Lsn::of),
                        Optional.of(Lsn.of(recoverable)),
                        live,
                        limit))
                .isStuck(Lsn.of(tail));
    }
}
