package io.holdfast.journalstore.adapter.store;

import io.holdfast.journalstore.integrity.DamagedRange;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;

/**
 * How a journal is doing, as users and the router see it.
 *
 * @param code stable; empty while applying
 * @param message one sentence; empty while applying
 */
public record JournalCondition(State state, String code, String message) {
    /** In the order of {@code JournalState} in journal.proto. */
    public enum State {
        APPLYING,
        GAP,
        NO_SPACE,
        DAMAGED
    }

    private static final JournalCondition APPLYING = new JournalCondition(State.APPLYING, "", "");

    /** The worst of what is the case. */
    public static JournalCondition of(JournalSlot slot, boolean hasRoom) {
        return switch (slot) {
            case JournalSlot.Unusable unusable -> failed(unusable.cause());
            case JournalSlot.Open open -> {
                if (open.journal().failure().isPresent()) {
                    yield failed(open.journal().failure().get());
                }
                if (open.ageingFailure() != null) {
                    yield failed(open.ageingFailure());
                }
                if (!hasRoom) {
                    yield new JournalCondition(
                            State.NO_SPACE,
                            JournalError.NO_SPACE.name(),
                            "the data volume is down to its reserve; applying goes on when there is room");
                }
                if (open.limitReached()) {
                    yield new JournalCondition(
                            State.NO_SPACE,
                            JournalError.NO_SPACE.name(),
                            "the journal's size limit is reached and nothing may be aged: a session or a held checkpoint"
                                    + " needs it, or more than twice the limit came since the last checkpoint; end the"
                                    + " session, release the checkpoint, or raise the limit");
                }
                if (open.journal().snapshot().hasGap()) {
                    yield new JournalCondition(
                            State.GAP,
                            JournalError.STREAM_GAP.name(),
                            "records of a stream are missing; older checkpoints stay, a new sync is asked for");
                }
                yield open.scrub().present().isEmpty() ? APPLYING : scrubFound(open.scrub());
            }
        };
    }

    private static JournalCondition scrubFound(ScrubStatus scrub) {
        long blocks =
                scrub.needsResend().stream().mapToLong(DamagedRange::blocks).sum();
        String mending = blocks > 0
                ? "%d blocks are asked for again from the source".formatted(blocks)
                : "the newest state is whole, older checkpoints that are concerned are marked SUSPECT";
        return new JournalCondition(
                State.DAMAGED,
                JournalError.JOURNAL_DAMAGED.name(),
                "scrub found %d damages, the first: %s; applying goes on, %s"
                        .formatted(scrub.present().size(), scrub.present().getFirst(), mending));
    }

    private static JournalCondition failed(HoldfastException cause) {
        boolean full = cause.code() == CommonError.STORAGE_FULL;
        return new JournalCondition(
                full ? State.NO_SPACE : State.DAMAGED,
                full ? JournalError.NO_SPACE.name() : cause.code().name(),
                cause.getMessage());
    }
}
