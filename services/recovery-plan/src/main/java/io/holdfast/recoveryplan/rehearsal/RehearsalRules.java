package io.holdfast.recoveryplan.rehearsal;

import io.holdfast.kernel.error.ErrorCode;
import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.rehearsal.RehearsalSchedule.Due;
import io.holdfast.recoveryplan.rehearsal.RehearsalSchedule.Missed;
import java.time.Instant;
import java.util.Optional;

/** Decides at a due time whether a rehearsal may be ordered: the table of docs/rehearsals.md, without the order's own rules. */
public final class RehearsalRules {
    /** Who orders and finishes scheduled rehearsals. */
    public static final String ORDERED_BY = "rehearsal schedule";

    private RehearsalRules() {}

    /** @param code see {@link RehearsalError}, or of a refused order @param reason one sentence for a person */
    public record Skip(String code, String reason) {
        static Skip of(ErrorCode code, String reason) {
            return new Skip(code.name(), reason);
        }
    }

    /**
     * What there is at this moment.
     *
     * @param liveRun a run of the plan that has not ended
     * @param failover a run of any plan that is no TEST and has not ended
     * @param movedGroup name of a protection group of the plan that is being failed over or is, and its state
     */
    public record Site(Optional<RunId> liveRun, Optional<RunId> failover, Optional<String> movedGroup) {}

    /** Empty = a rehearsal is ordered. */
    public static Optional<Skip> check(RehearsalSchedule schedule, Due due, Site site, Instant now) {
        if (due.missed(now) && schedule.missed() == Missed.SKIP) {
            return Optional.of(Skip.of(
                    RehearsalError.TIME_MISSED, "nobody looked when it was due; it was noticed at %s".formatted(now)));
        }
        return site.liveRun()
                .map(run -> Skip.of(RehearsalError.PLAN_BUSY, "run %s of this plan has not ended".formatted(run)))
                .or(() -> site.failover()
                        .map(run -> Skip.of(
                                RehearsalError.SITE_IN_FAILOVER,
                                "run %s is a failover and has not ended".formatted(run))))
                .or(() -> site.movedGroup()
                        .map(group ->
                                Skip.of(RehearsalError.GROUP_FAILED_OVER, "protection group %s".formatted(group))));
    }
}
