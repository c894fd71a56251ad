package io.holdfast.recoveryplan.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.rehearsal.RehearsalSchedule.Due;
import io.holdfast.recoveryplan.rehearsal.RehearsalSchedule.Missed;
import io.holdfast.recoveryplan.rehearsal.RehearsalSchedule.Point;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A schedule of rehearsals")
class RehearsalScheduleTest {
    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");
    private static final Duration HOUR = Duration.ofHours(1);
    private static final RehearsalRules.Site QUIET =
            new RehearsalRules.Site(Optional.empty(), Optional.empty(), Optional.empty());

    private static RehearsalSchedule hourly(Missed missed) {
        return new RehearsalSchedule(
                new Recurrence.Every(HOUR, START), Point.LATEST, Duration.ZERO, Duration.ofHours(4), missed);
    }

    @ParameterizedTest(name = "of {0} in {1} is due after {2} at {3}")
    @CsvSource({
        // The clock goes from 02:00 to 03:00: half past two does not exist, and comes at half past three.
        "30 2 * * *, Europe/Berlin, 2026-03-28T12:00:00Z, 2026-03-29T01:30:00Z",
        "30 2 * * *, Europe/Berlin, 2026-03-29T01:30:00Z, 2026-03-30T00:30:00Z",
        // It goes from 03:00 back to 02:00: half past two comes twice, and counts at first.
        "30 2 * * *, Europe/Berlin, 2026-10-24T12:00:00Z, 2026-10-25T00:30:00Z",
        "30 2 * * *, Europe/Berlin, 2026-10-25T00:30:00Z, 2026-10-26T01:30:00Z",
        "*/15 * * * *, Europe/Berlin, 2026-10-25T00:45:00Z, 2026-10-25T02:00:00Z",
        "0 3 * * *, UTC, 2026-03-28T12:00:00Z, 2026-03-29T03:00:00Z",
        "0 3 * * *, Asia/Kolkata, 2026-03-28T12:00:00Z, 2026-03-28T21:30:00Z"
    })
    void keepsToTheWallClock(String cron, String zone, Instant after, Instant next) {
        assertThat(new Recurrence.WallClock(cron, ZoneId.of(zone)).next(after)).contains(next);
    }

    @Test
    void atADistanceCountsFromItsFirstTime() {
        Recurrence every = new Recurrence.Every(HOUR, START);
        assertThat(every.next(START.minus(HOUR.multipliedBy(50)))).contains(START);
        assertThat(every.next(START)).contains(START.plus(HOUR));
        assertThat(every.next(START.plus(HOUR).minusNanos(1))).contains(START.plus(HOUR));
    }

    @Test
    void looksAtTheLastOfSeveralMissedTimesAndCountsTheOthers() {
        Instant now = START.plus(HOUR.multipliedBy(5)).plusSeconds(30);

        Due due = hourly(Missed.RUN_ONCE).due(START, now);

        assertThat(due)
                .isEqualTo(new Due(START.plus(HOUR.multipliedBy(5)), 5, Optional.of(START.plus(HOUR.multipliedBy(6)))));
        assertThat(due.missed(now)).isFalse();
        assertThat(due.missed(due.at().plus(RehearsalSchedule.LATE).plusNanos(1)))
                .isTrue();
    }

    @Test
    void isDueInTheFutureAgainAlsoAfterYearsOfSilence() {
        Instant now = START.plus(Duration.ofDays(3000)).plusSeconds(1);

        Due due = hourly(Missed.RUN_ONCE).due(START, now);

        assertThat(due.next()).contains(START.plus(Duration.ofDays(3000)).plus(HOUR));
        assertThat(due.at()).isBeforeOrEqualTo(now);
    }

    @Test
    void isAskedForInTheOrderOfTheTable() {
        RunId live = RunId.random();
        RunId failover = RunId.random();
        Instant late = START.plus(RehearsalSchedule.LATE).plusSeconds(1);
        RehearsalRules.Site all =
                new RehearsalRules.Site(Optional.of(live), Optional.of(failover), Optional.of("'db' is FAILED_OVER"));

        assertThat(code(Missed.SKIP, all, late)).isEqualTo("TIME_MISSED");
        assertThat(code(Missed.RUN_ONCE, all, late)).isEqualTo("PLAN_BUSY");
        assertThat(code(Missed.SKIP, all, START)).isEqualTo("PLAN_BUSY");
        assertThat(code(Missed.SKIP, without(all, true, false), START)).isEqualTo("SITE_IN_FAILOVER");
        assertThat(code(Missed.SKIP, without(all, true, true), START)).isEqualTo("GROUP_FAILED_OVER");
        assertThat(code(Missed.RUN_ONCE, QUIET, late)).isEqualTo("ordered");
        assertThat(code(Missed.SKIP, QUIET, START)).isEqualTo("ordered");
    }

    private static RehearsalRules.Site without(RehearsalRules.Site site, boolean live, boolean failover) {
        return new RehearsalRules.Site(
                live ? Optional.empty() : site.liveRun(),
                failover ? Optional.empty() : site.failover(),
                site.movedGroup());
    }

    private static String code(Missed missed, RehearsalRules.Site site, Instant now) {
        return RehearsalRules.check(hourly(missed), new Due(START, 0, Optional.empty()), site, now)
                .map(RehearsalRules.Skip::code)
                .orElse("ordered");
    }

    @Test
    void countsATestAsOverdueFromTheNextMomentAfterItsLimit() {
        Duration limit = Duration.ofDays(180);
        assertThat(TestCondition.of(Optional.empty(), limit, START).state())
                .isEqualTo(TestCondition.State.NEVER_TESTED);
        assertThat(TestCondition.of(Optional.of(START), limit, START.plus(limit))
                        .isOverdue())
                .isFalse();
        assertThat(TestCondition.of(Optional.of(START), limit, START.plus(limit).plusNanos(1))
                        .state())
                .isEqualTo(TestCondition.State.TEST_OVERDUE);
    }
}
