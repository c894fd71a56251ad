package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.recoveryplan.rehearsal.PolicyDraft;
import io.holdfast.recoveryplan.rehearsal.Recurrence;
import io.holdfast.recoveryplan.rehearsal.RehearsalPolicy;
import io.holdfast.recoveryplan.rehearsal.RehearsalSchedule;
import java.time.Duration;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** How often a plan has to be rehearsed, and when it is by itself. */
@Schema(name = "RehearsalPolicy")
public record RehearsalPolicyForm(
        @Schema(description = "How old the last good test may be: PT1H to P3650D; absent = as the site says.")
        Duration overdueAfter,

        @Schema(description = "Absent: only persons order rehearsals of this plan.")
        Schedule schedule) {

    @Schema(name = "RehearsalSchedule", description = "Exactly one of cron and every.")
    public record Schedule(
            @Schema(description = "Minute, hour, day, month, weekday; its times are 15 min apart at least.")
            String cron,

            @Schema(description = "Of cron: IANA name, default UTC.")
            String timeZone,

            @Schema(description = "PT15M to P366D.") Duration every,

            @Schema(description = "Of every: the first time; default: when the policy was set.")
            Instant from,

            @Schema(
                    description = "Of every protection group; default LATEST.",
                    enumeration = {"LATEST", "LATEST_APP", "LATEST_VERIFIED"})
            String point,

            @Schema(description = "How long a READY rehearsal goes on: PT0S to P1D, default PT0S.")
            Duration serveFor,

            @Schema(description = "The run's expiry: PT1M to P7D, longer than serveFor, default PT4H.")
            Duration limit,

            @Schema(
                    description = "What becomes of times that passed while the service was down; default RUN_ONCE.",
                    enumeration = {"RUN_ONCE", "SKIP"})
            String missed) {}

    PolicyDraft draft() {
        return new PolicyDraft(
                overdueAfter,
                schedule == null
                        ? null
                        : new PolicyDraft.ScheduleDraft(
                                schedule.cron(),
                                schedule.timeZone(),
                                schedule.every(),
                                schedule.from(),
                                schedule.point(),
                                schedule.serveFor(),
                                schedule.limit(),
                                schedule.missed()));
    }

    static RehearsalPolicyForm of(RehearsalPolicy policy) {
        return new RehearsalPolicyForm(
                policy.overdueAfter().orElse(null),
                policy.schedule().map(RehearsalPolicyForm::of).orElse(null));
    }

    private static Schedule of(RehearsalSchedule schedule) {
        return switch (schedule.recurrence()) {
            case Recurrence.WallClock clock ->
                of(schedule, clock.expression(), clock.zone().getId(), null, null);
            case Recurrence.Every every -> of(schedule, null, null, every.distance(), every.from());
        };
    }

    private static Schedule of(RehearsalSchedule schedule, String cron, String zone, Duration every, Instant from) {
        return new Schedule(
                cron,
                zone,
                every,
                from,
                schedule.point().name(),
                schedule.serveFor(),
                schedule.limit(),
                schedule.missed().name());
    }
}
