package io.holdfast.recoveryplan.rehearsal;

import io.holdfast.recoveryplan.plan.Bounds;
import io.holdfast.recoveryplan.plan.Violation;
import io.holdfast.recoveryplan.rehearsal.PolicyDraft.ScheduleDraft;
import io.holdfast.recoveryplan.rehearsal.RehearsalSchedule.Missed;
import io.holdfast.recoveryplan.rehearsal.RehearsalSchedule.Point;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The rules that a policy has to keep (docs/rehearsals.md). All broken ones are told at once. */
public final class PolicyCheck {
    private static final Duration SHORTEST_DISTANCE = Duration.ofMinutes(15);
    private static final Duration LONGEST_DISTANCE = Duration.ofDays(366);
    /** Due times that are looked at for their distance: more than a day of them at the shortest one. */
    private static final int LOOKED_AT = 100;

    private static final Duration DEFAULT_LIMIT = Duration.ofHours(4);

    private final List<Violation> violations = new ArrayList<>();
    private final Bounds bounds = new Bounds((field, message) -> violations.add(new Violation(field, message)));
    private final Instant now;

    private PolicyCheck(Instant now) {
        this.now = now;
    }

    public sealed interface Checked {
        record Accepted(RehearsalPolicy policy) implements Checked {}

        /** @param violations at least one */
        record Refused(List<Violation> violations) implements Checked {}
    }

    public static Checked check(PolicyDraft draft, Instant now) {
        PolicyCheck check = new PolicyCheck(now);
        RehearsalPolicy policy = new RehearsalPolicy(
                Optional.ofNullable(check.bounds.duration(
                        "overdueAfter", draft.overdueAfter(), Duration.ofHours(1), Duration.ofDays(3650), null)),
                Optional.ofNullable(draft.schedule()).map(check::schedule));
        return check.violations.isEmpty()
                ? new Checked.Accepted(policy)
                : new Checked.Refused(List.copyOf(check.violations));
    }

    private void refuse(String field, String message) {
        violations.add(new Violation(field, message));
    }

    private RehearsalSchedule schedule(ScheduleDraft draft) {
        Duration serve = bounds.duration(
                "schedule.serveFor", draft.serveFor(), Duration.ZERO, Duration.ofDays(1), Duration.ZERO);
        Duration limit = bounds.duration(
                "schedule.limit", draft.limit(), Duration.ofMinutes(1), Duration.ofDays(7), DEFAULT_LIMIT);
        if (limit.compareTo(serve) <= 0) {
            refuse("schedule.limit", "is longer than serveFor, %s".formatted(serve));
        }
        return new RehearsalSchedule(
                recurrence(draft),
                bounds.word("schedule.point", draft.point(), Point.class, Point.LATEST),
                serve,
                limit,
                bounds.word("schedule.missed", draft.missed(), Missed.class, Missed.RUN_ONCE));
    }

    private Recurrence recurrence(ScheduleDraft draft) {
        if ((draft.cron() == null) == (draft.every() == null)) {
            refuse("schedule", "has exactly one of cron and every");
            return new Recurrence.Every(LONGEST_DISTANCE, now);
        }
        return draft.cron() == null ? every(draft) : wallClock(draft);
    }

    private Recurrence every(ScheduleDraft draft) {
        if (draft.timeZone() != null) {
            refuse("schedule.timeZone", "is said with cron only");
        }
        Duration distance =
                bounds.duration("schedule.every", draft.every(), SHORTEST_DISTANCE, LONGEST_DISTANCE, LONGEST_DISTANCE);
        Instant from = draft.from() == null ? now : draft.from();
        if (from.isBefore(Instant.EPOCH) || from.isAfter(now.plus(LONGEST_DISTANCE))) {
            refuse("schedule.from", "is at most 366 days ahead, not %s".formatted(from));
        }
        return new Recurrence.Every(distance, from.truncatedTo(ChronoUnit.MICROS));
    }

    private Recurrence wallClock(ScheduleDraft draft) {
        if (draft.from() != null) {
            refuse("schedule.from", "is said with every only");
        }
        Recurrence.WallClock times = new Recurrence.WallClock(draft.cron(), zone(draft.timeZone()));
        try {
            distances(times);
        } catch (IllegalArgumentException malformed) {
            refuse("schedule.cron", malformed.getMessage());
        }
        return times;
    }

    private ZoneId zone(String name) {
        try {
            return name == null ? ZoneOffset.UTC : ZoneId.of(name);
        } catch (DateTimeException unknown) {
            refuse("schedule.timeZone", "is the IANA name of a time zone, such as Europe/Berlin");
            return ZoneOffset.UTC;
        }
    }

    private void distances(Recurrence.WallClock times) {
        Optional<Instant> before = times.next(now);
        if (before.isEmpty()) {
            refuse("schedule.cron", "names no time that ever comes");
        }
        for (int i = 0; i < LOOKED_AT && before.isPresent(); i++) {
            Optional<Instant> next = times.next(before.get());
            if (next.isPresent() && Duration.between(before.get(), next.get()).compareTo(SHORTEST_DISTANCE) < 0) {
                refuse("schedule.cron", "has times nearer than 15 min: %s and %s".formatted(before.get(), next.get()));
                return;
            }
            before = next;
        }
    }
}
