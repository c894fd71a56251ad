package io.holdfast.recoveryplan.report;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What a run did, fit for somebody who was not there. It is a document, not a view of the database: made once when the run ends, stored, and
 * answered unchanged ever after; while the run goes on, the same document is made of what is known ({@code complete} is false).
 * Absent values are {@code null}.
 *
 * @param complete whether the run has ended, so that nothing in here changes any more
 * @param trials those that were left for another point; empty = there was one only
 * @param part {@code null} = the whole plan
 * @param blackout of a PLANNED run: from its first order to shut a VM down until the last group was ready; {@code null} while, or if, not all became ready
 * @param committed of a failover that has ended; {@code null} for others
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
        Duration blackout,
        List<Group> groups,
        List<StepLine> steps,
        Cleanup cleanup,
        Problem error,
        List<Approval> approvals,
        List<Trial> trials,
        Part part) {
    public RunReport {
        // A report of an earlier version has none.
        approvals = approvals == null ? List.of() : approvals;
        trials = trials == null ? List.of() : trials;
    }

    /** What was recovered of the plan's protection groups. @param volumes ids, by protection group */
    public record Part(List<String> vms, Map<String, List<String>> volumes) {}

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
            Duration blackout,
            List<Member> members) {}

    /**
     * @param rpo the order's time minus {@code cutAt}; zero if the checkpoint was cut after the order
     * @param lsn position in the group's journal
     * @param digest of everything up to the checkpoint, as the journal has it
     */
    public record Member(
            String pgId,
            String pointAskedFor,
            String checkpointId,
            String checkpointKind,
            Instant cutAt,
            Long lsn,
            String digest,
            Duration rpo,
            String sessionId,
            Loss loss,
            List<Machine> machines,
            String ownership,
            List<Source> sources) {}

    /**
     * A VM at its source, of a failover.
     *
     * @param shutDown NOT_YET, ORDERED, DOWN, FAILED, LEFT_TO_FENCE, UNKNOWN or NOT_ASKED; {@code null} if the run shuts nothing down
     * @param epoch of the ownership that was taken
     * @param fence CONFIRMED, PENDING, FAILED, UNKNOWN or SUPERSEDED, as its agent told last; {@code null} while it is not taken
     * @param toDo what a person has to see to; {@code null} = nothing
     * @param unsent where its volumes may hold what was not received, as its agent told last; a volume that is not named may hold it anywhere; {@code null} = none is named
     */
    public record Source(
            String vmId,
            String name,
            String agentId,
            String shutDown,
            Instant downAt,
            Long epoch,
            String fence,
            Instant fenceSince,
            String fenceCode,
            String fenceMessage,
            String toDo,
            List<UnsentVolume> unsent) {}

    /** @param ranges in order, not touching; empty = everything was received */
    public record UnsentVolume(String volumeId, List<UnsentRange> ranges) {}

    /** Whole 64 KiB regions, or up to the volume's end. */
    public record UnsentRange(long offsetBytes, long lengthBytes) {}

    /**
     * What is lost by recovering at the chosen checkpoint, as far as the journal knew when it was chosen. What the source wrote and never sent is not
     * in here; it is not known at this site.
     *
     * @param newestCutAt of the newest checkpoint
     * @param headLsn of the newest change that had arrived
     * @param time between the two checkpoints; zero if the newest was chosen
     * @param changes that had arrived after the chosen checkpoint
     * @param nothingUnsent whether it is proven that the source wrote nothing behind the checkpoint: its fence was confirmed before the checkpoint
     *     was ordered, and held until it was listed
     */
    public record Loss(
            Instant newestCutAt, Long newestLsn, Long headLsn, Duration time, Long changes, boolean nothingUnsent) {}

    /**
     * A machine that the run started, or tried to.
     *
     * @param running whether it runs when the report is written: it was started and not stopped
     * @param consoleTail what its serial port had printed last when it was ready
     * @param capture how it can be protected in the other direction; {@code null} = not reported
     * @param screen the last picture of its guest's display; {@code null} = there is none
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
            String consoleTail,
            Capture capture,
            Screen screen) {}

    /**
     * A picture of a guest's display.
     *
     * @param moment READY, ENDED (by itself) or STOPPED (and had not been ready)
     * @param sha256 of the PNG
     * @param href where it is
     */
    public record Screen(String moment, Instant takenAt, int bytes, String sha256, String href) {}

    /** Paths on the machine's host by which an agent there captures its writes. */
    public record Capture(String qmpSocket, String guestAgentSocket, List<CaptureDisk> disks) {}

    /** @param qemuNode name of the block node */
    public record CaptureDisk(String volumeId, String qemuNode) {}

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

    /**
     * A person's word that the plan asks for before a recovery group.
     *
     * @param state NOT_YET, WAITING, APPROVED, REJECTED (also by its limit) or NOT_NEEDED
     * @param since when it was asked for last
     * @param until its limit while it is WAITING
     * @param words every word that was given, in their order
     */
    public record Approval(
            String stepId,
            String group,
            String name,
            String text,
            String state,
            Instant since,
            Instant until,
            List<Word> words) {}

    /** @param by who, or {@code time limit} */
    public record Word(String by, Instant at, boolean approved, String comment) {}

    /**
     * A way through the steps that was left for another point; the last one is what the rest of the report is about.
     *
     * @param number from 1
     * @param recovered whether every group had been recovered
     * @param error what stood in its way first; {@code null} = nothing
     */
    public record Trial(
            int number,
            String orderedBy,
            Instant orderedAt,
            Instant endedAt,
            boolean recovered,
            Problem error,
            List<TrialPoint> points,
            List<StepLine> steps) {}

    /** @param checkpointId and {@code cutAt} are {@code null} if none was chosen */
    public record TrialPoint(String pgId, String pointAskedFor, String checkpointId, Instant cutAt) {}

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
