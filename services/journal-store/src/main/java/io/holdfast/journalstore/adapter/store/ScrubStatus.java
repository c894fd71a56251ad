package io.holdfast.journalstore.adapter.store;

import io.holdfast.journalstore.integrity.DamagedRange;
import io.holdfast.journalstore.integrity.Finding;
import io.holdfast.journalstore.integrity.ScrubResult;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How a journal's checking stands.
 *
 * @param last the last pass that came to its end
 * @param runningSince empty = none is under way
 * @param requested one is wanted and has not begun
 * @param present findings of the last pass that are still true
 * @param needsResend blocks that the source has to send again
 */
public record ScrubStatus(
        Optional<ScrubResult> last,
        Optional<Instant> runningSince,
        boolean requested,
        List<Finding> present,
        List<DamagedRange> needsResend) {
    public static final ScrubStatus NEVER =
            new ScrubStatus(Optional.empty(), Optional.empty(), false, List.of(), List.of());

    public ScrubStatus {
        present = List.copyOf(present);
        needsResend = List.copyOf(needsResend);
    }

    ScrubStatus asked() {
        return new ScrubStatus(last, runningSince, true, present, needsResend);
    }

    ScrubStatus begun(Instant now) {
        return new ScrubStatus(last, Optional.of(now), false, present, needsResend);
    }

    /** The pass did not come to its end. */
    ScrubStatus given() {
        return new ScrubStatus(last, Optional.empty(), requested, present, needsResend);
    }

    ScrubStatus ended(ScrubResult result) {
        return new ScrubStatus(Optional.of(result), Optional.empty(), requested, result.findings(), needsResend);
    }

    ScrubStatus with(List<Finding> nowPresent, List<DamagedRange> nowNeeded) {
        return new ScrubStatus(last, runningSince, requested, nowPresent, nowNeeded);
    }

    /** Oldest LSN that is damaged and still in the history; 0 = none is, or damage names no LSN. */
    public long damagedLsn() {
        return present.stream()
                .mapToLong(Finding::lsn)
                .filter(lsn -> lsn > 0)
                .min()
                .orElse(0);
    }
}
