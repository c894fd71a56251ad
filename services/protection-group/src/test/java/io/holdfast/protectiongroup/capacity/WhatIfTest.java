package io.holdfast.protectiongroup.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.holdfast.protectiongroup.refusal.Violation;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WhatIfTest {
    private static final Instant NOON = Instant.parse("2026-05-01T12:00:00Z");
    private static final long MB = 1_000_000;

    /** Each minute's bytes, all of them sent as they are. */
    private static List<MinuteTraffic> minutes(long... writtenBytes) {
        List<MinuteTraffic> minutes = new ArrayList<>();
        for (int i = 0; i < writtenBytes.length; i++) {
            minutes.add(new MinuteTraffic(
                    NOON.plus(i, ChronoUnit.MINUTES), writtenBytes[i], writtenBytes[i], writtenBytes[i]));
        }
        return minutes;
    }

    private static WhatIf asking(long link, Duration rpo) {
        return new WhatIf(OptionalLong.of(link), rpo, Duration.ofMinutes(2), 1, OptionalDouble.empty());
    }

    @Test
    void aPeakWaitsForTheLinkAndTheAnswerSaysHowLongAndWhen() {
        Trace trace = Trace.of(List.of(minutes(60 * MB, 180 * MB, 60 * MB, 0, 0)));

        WhatIf.Answer answer = asking(MB, Duration.ofSeconds(30)).over(trace);

        WhatIf.OnLink onLink = answer.onLink().orElseThrow();
        assertThat(onLink.largestBacklogBytes()).isEqualTo(120 * MB);
        assertThat(onLink.longestDelay()).isEqualTo(Duration.ofSeconds(120));
        assertThat(onLink.longestDelayAt()).isEqualTo(NOON.plus(2, ChronoUnit.MINUTES));
        assertThat(onLink.backlogAtEndBytes()).isZero();
        assertThat(answer.meanBytesPerSecond()).isEqualTo(MB);
        assertThat(answer.busiestBytesPerSecond()).isEqualTo(3 * MB);
    }

    @Test
    void theLinkThatIsNeededKeepsTheObjectiveAndAnySlowerOneDoesNot() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            long[] written = random.longs(2 + random.nextInt(200), 0, 200 * MB).toArray();
            written[random.nextInt(written.length)] = 10_000 * MB;
            Duration rpo = Duration.ofSeconds(1 + random.nextInt(600));
            Trace trace = Trace.of(List.of(minutes(written)));

            long needed = asking(WhatIf.LEAST_LINK, rpo).over(trace).neededBytesPerSecond();

            assertThat(delaySeconds(written, needed))
                    .as("seed %d, trace %d, on the link that is needed", seed, i)
                    .isLessThanOrEqualTo(rpo.toSeconds());
            assertThat(delaySeconds(written, needed - 1))
                    .as("seed %d, trace %d, on a slower one", seed, i)
                    .isGreaterThan(rpo.toSeconds());
        }
    }

    /** Another way to the same: each minute's last byte by itself, from the time at which the one before it has left. */
    private static double delaySeconds(long[] written, double link) {
        double longest = 0;
        double leftAt = 0;
        for (int i = 0; i < written.length; i++) {
            double arrivedAt = (i + 1) * 60.0;
            leftAt = Math.max(arrivedAt, Math.max(leftAt, i * 60.0) + written[i] / link);
            longest = Math.max(longest, leftAt - arrivedAt);
        }
        // The doubles of two ways differ in their last digits.
        return Math.round(longest * 1e9) / 1e9;
    }

    @Test
    void groupsShareTheLinkAndWhatWasNotObservedIsSaid() {
        List<MinuteTraffic> first = minutes(10, 20, 30, 40);
        List<MinuteTraffic> second = minutes(1, 2, 3, 4).subList(2, 4);

        Trace trace = Trace.of(List.of(first, second));

        assertThat(trace.offered(1, 1)).containsExactly(10, 20, 33, 44);
        assertThat(trace.observedShare()).isEqualTo(6 / 8.0);
    }

    @Test
    void theJournalHoldsTheBusiestStretchOfTheHistory() {
        Trace trace = Trace.of(List.of(minutes(1, 50, 70, 2, 3)));

        WhatIf.Answer answer = asking(MB, Duration.ofSeconds(30)).over(trace);

        assertThat(answer.journalBytes()).isEqualTo(120);
        assertThat(answer.journalExtrapolated()).isFalse();
    }

    @Test
    void aHistoryThatIsLongerThanTheTraceIsToldToBeAGuess() {
        Trace trace = Trace.of(List.of(minutes(100, 300)));
        WhatIf aDay =
                new WhatIf(OptionalLong.empty(), Duration.ofSeconds(30), Duration.ofDays(1), 1, OptionalDouble.empty());

        WhatIf.Answer answer = aDay.over(trace);

        assertThat(answer.journalBytes()).isEqualTo(400 * 720);
        assertThat(answer.journalExtrapolated()).isTrue();
        assertThat(answer.onLink()).isEmpty();
    }

    @Test
    void packingIsMeasuredInSteadyMinutesUnlessAskedOtherwiseOrNeverSeen() {
        List<MinuteTraffic> packed = List.of(
                new MinuteTraffic(NOON, 1_000, 1_000, 250),
                new MinuteTraffic(NOON.plus(1, ChronoUnit.MINUTES), 5_000, 0, 0));
        List<MinuteTraffic> neverSteady = List.of(new MinuteTraffic(NOON, 600, 0, 0));
        WhatIf question = asking(MB, Duration.ofSeconds(30));
        WhatIf told = new WhatIf(
                question.linkBytesPerSecond(), question.rpo(), question.history(), 2, OptionalDouble.of(0.5));

        WhatIf.Answer measured = question.over(Trace.of(List.of(packed)));
        assertThat(measured.packing()).isEqualTo(0.25, within(1e-9));
        assertThat(measured.packingSource()).isEqualTo(WhatIf.PackingSource.MEASURED);
        assertThat(measured.meanBytesPerSecond()).isEqualTo(6_000 / 4 / 120);
        WhatIf.Answer unknown = question.over(Trace.of(List.of(neverSteady)));
        assertThat(unknown.packingSource()).isEqualTo(WhatIf.PackingSource.UNKNOWN);
        assertThat(unknown.meanBytesPerSecond()).isEqualTo(10);
        WhatIf.Answer asked = told.over(Trace.of(List.of(neverSteady)));
        assertThat(asked.packingSource()).isEqualTo(WhatIf.PackingSource.ASKED);
        assertThat(asked.meanBytesPerSecond()).isEqualTo(10);
    }

    @Test
    void aQuestionThatCannotBeAnsweredIsRefusedFieldByField() {
        WhatIf question = new WhatIf(
                OptionalLong.of(999),
                Duration.ZERO,
                Duration.ofSeconds(Long.MIN_VALUE),
                Double.NaN,
                OptionalDouble.of(2.5));

        assertThat(question.violations())
                .extracting(Violation::field)
                .containsExactly("linkBytesPerSecond", "rpo", "history", "growth", "packing");
        assertThat(asking(WhatIf.LEAST_LINK, Duration.ofSeconds(1)).violations())
                .isEmpty();
    }
}
