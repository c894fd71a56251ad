package io.holdfast.recoveryplan.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.recoveryplan.plan.Violation;
import io.holdfast.recoveryplan.rehearsal.PolicyDraft.ScheduleDraft;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A policy of rehearsals")
class PolicyCheckTest {
    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");

    @Test
    void thatSaysLittleGetsTheDefaults() {
        assertThat(accepted(new PolicyDraft(null, null))).isEqualTo(RehearsalPolicy.NONE);
        assertThat(accepted(new PolicyDraft(
                        Duration.ofDays(90), draft("0 3 * * SUN", "Europe/Berlin", null, null, null, null))))
                .isEqualTo(new RehearsalPolicy(
                        Optional.of(Duration.ofDays(90)),
                        Optional.of(new RehearsalSchedule(
                                new Recurrence.WallClock("0 3 * * SUN", ZoneId.of("Europe/Berlin")),
                                RehearsalSchedule.Point.LATEST,
                                Duration.ZERO,
                                Duration.ofHours(4),
                                RehearsalSchedule.Missed.RUN_ONCE))));
        assertThat(accepted(new PolicyDraft(null, draft(null, null, Duration.ofDays(7), null, null, null)))
                        .schedule()
                        .orElseThrow()
                        .recurrence())
                .isEqualTo(new Recurrence.Every(Duration.ofDays(7), NOW));
    }

    @Test
    void thatBreaksRulesIsToldAllOfThem() {
        PolicyDraft wrong = new PolicyDraft(
                Duration.ofMinutes(1),
                new ScheduleDraft(
                        "0 25 * * *",
                        "Europe/Nowhere",
                        null,
                        NOW,
                        "SOME",
                        Duration.ofHours(2),
                        Duration.ofHours(1),
                        "MAYBE"));

        assertThat(fields(wrong))
                .containsExactlyInAnyOrder(
                        "overdueAfter",
                        "schedule.cron",
                        "schedule.timeZone",
                        "schedule.from",
                        "schedule.point",
                        "schedule.limit",
                        "schedule.missed");
    }

    @Test
    void saysItsTimesInExactlyOneWay() {
        assertThat(fields(new PolicyDraft(null, draft(null, null, null, null, null, null))))
                .containsExactly("schedule");
        assertThat(fields(new PolicyDraft(null, draft("0 3 * * *", null, Duration.ofDays(1), null, null, null))))
                .containsExactly("schedule");
        assertThat(fields(new PolicyDraft(null, draft(null, "UTC", Duration.ofDays(1), null, null, null))))
                .containsExactly("schedule.timeZone");
    }

    @Test
    void keepsItsTimesApartAndLetsThemCome() {
        assertThat(fields(new PolicyDraft(null, draft("*/10 * * * *", null, null, null, null, null))))
                .containsExactly("schedule.cron");
        assertThat(fields(new PolicyDraft(null, draft("0,14 3 1 * *", null, null, null, null, null))))
                .containsExactly("schedule.cron");
        assertThat(fields(new PolicyDraft(null, draft("0 0 31 FEB *", null, null, null, null, null))))
                .containsExactly("schedule.cron");
        assertThat(fields(new PolicyDraft(null, draft(null, null, Duration.ofMinutes(14), null, null, null))))
                .containsExactly("schedule.every");
        assertThat(fields(new PolicyDraft(
                        null, draft(null, null, Duration.ofDays(1), NOW.plus(Duration.ofDays(400)), null, null))))
                .containsExactly("schedule.from");
        assertThat(fields(new PolicyDraft(null, draft("*/15 * * * *", null, null, null, null, null))))
                .isEmpty();
    }

    private static ScheduleDraft draft(
            String cron, String zone, Duration every, Instant from, Duration serveFor, Duration limit) {
        return new ScheduleDraft(cron, zone, every, from, null, serveFor, limit, null);
    }

    private static RehearsalPolicy accepted(PolicyDraft draft) {
        return switch (PolicyCheck.check(draft, NOW)) {
            case PolicyCheck.Checked.Accepted accepted -> accepted.policy();
            case PolicyCheck.Checked.Refused refused ->
                throw new AssertionError(refused.violations().toString());
        };
    }

    private static List<String> fields(PolicyDraft draft) {
        return switch (PolicyCheck.check(draft, NOW)) {
            case PolicyCheck.Checked.Accepted _ -> List.of();
            case PolicyCheck.Checked.Refused refused ->
                refused.violations().stream().map(Violation::field).toList();
        };
    }
}
