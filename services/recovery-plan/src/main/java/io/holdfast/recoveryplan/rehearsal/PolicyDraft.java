package io.holdfast.recoveryplan.rehearsal;

import java.time.Duration;
import java.time.Instant;

/** A policy as somebody asks for it, not yet checked: any part may be missing ({@code null}) or wrong. */
public record PolicyDraft(Duration overdueAfter, ScheduleDraft schedule) {
    public record ScheduleDraft(
            String cron,
            String timeZone,
            Duration every,
            Instant from,
            String point,
            Duration serveFor,
            Duration limit,
            String missed) {}
}
