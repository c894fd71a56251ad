package io.holdfast.recoveryplan.report;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What a run did, fit for somebody who was not there. It is a document, not a view of the database: made once when the run ends, stored, and
 * answered unchanged ever after; while the run goes on, the same document is made of what is known ({@code complete} is false).
 * Absent values are {@code null}.
 *
 * @param complete whether the run has ended, so that nothing in here changes any more
 * @param committed of an UNPLANNED run that has ended; {@code null} for others
 * @param rpo the worst of all groups
 * @param rto from the order until the last group was ready; {@code null} while, or if, not all became ready
 */
public record RunReport(
        String runId,
        boolean complete,
        String planId,
        String planName,
        long planRevision,
        String mode,
        String state,
        String orderedBy,
        Instant orderedAt,
        Instant expiresAt,
        Instant endedAt,
        String endedBy,
        Verdict verdict,
        Boolean committed,
        Duration rpo,
        Duration rto,
        List<Group> groups,
        List<StepLine> steps,
        Cleanup cleanup,
        Problem error) {

    public enum Verdict {
        /** Every group was recovered and passed its readiness. */
        RECOVERED,
        /** The run ended without that. */
        NOT_RECOVERED,
        /** The run has not come to a result yet. */
        UNDECIDED
    }

    /** @param rto from the order until this group was ready */
    public record Group(
            String name,
            List<String> dependsOn,
            String readiness,
            Instant readyAt,
            Duration rto,
            List<Member> members) {}

    /**
     * @param rpo the order's time minus {@code cutAt}; zero if the checkpoint was cut after the order
     * @param lsn position in the group's journal
     */
    public record Member(
            String pgId,
            String pointAskedFor,
            String checkpointId,
            String checkpointKind,
            Instant cutAt,
            Long lsn,
            Duration rpo,
            String sessionId,
            Loss loss,
            List<Machine> machines) {}

    /**
     * What is lost by recovering at the chosen checkpoint, as far as the journal knew when it was chosen. What the source wrote and never sent is not
     * in here; it is not known at this site.
     *
     * @param newestCutAt of the newest checkpoint
     * @param headLsn of the newest change that had arrived
     * @param time between the two checkpoints; zero if the newest was chosen
     * @param changes that had arrived after the chosen checkpoint
     */
    public record Loss(Instant newestCutAt, Long newestLsn, Long headLsn, Duration time, Long changes) {}

    /**
     * A machine that the run started, or tried to.
     *
     * @param running whether it runs when the report is written: it was started and not stopped
     * @param consoleTail what its serial port had printed last when it was ready
     */
    public record Machine(
            String vmId,
            String name,
            String machineId,
            String hostId,
            String host,
            Instant startedAt,
            Instant readyAt,
            boolean running,
            String consoleTail) {}

    /**
     * @param duration from the first attempt to the end
     * @param evidence the last words of a machine that failed or was not ready
     */
    public record StepLine(
            String id,
            String group,
            String kind,
            String pgId,
            String state,
            Instant startedAt,
            Instant endedAt,
            Duration duration,
            int attempts,
            String detail,
            String evidence) {}

    /** @param openSessions sessions that are open now, or that nobody could close */
    public record Cleanup(Result result, int sessionsOpened, int sessionsClosed, List<String> openSessions) {
        public enum Result {
            NOT_STARTED,
            UNDER_WAY,
            COMPLETE,
            INCOMPLETE,
            /** The run was committed: nothing was undone. */
            NOT_NEEDED
        }
    }

    public record Problem(String code, String message) {}
}
